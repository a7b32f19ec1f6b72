#pragma once

// Declarations alone: what is called is in CLibvirtLoader, which loads the library when it is needed.
#include <stddef.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
