#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

// Loads libvirt's client library. Has to succeed before any of its functions is called.
// Returns NULL, or what the loader says is wrong.
const char *hostler_virLoad(void);

// virConnectOpenAuth with the credentials that virsh asks for on a terminal: Swift 6 lets nobody read the mutable global
// that they are in.
virConnectPtr hostler_virConnectOpen(const char *uri);

// libvirt prints each error to stderr unless it is given a handler; ours come back as return values.
void hostler_virSilence(void);

// virDomainQemuMonitorCommand, whose library (libvirt-qemu.so.0) is a second one, with the answer thrown away.
// Returns -1 where there is no such library, no QEMU, or libvirt refuses it.
int hostler_virMonitorCommand(virDomainPtr domain, const char *command);
