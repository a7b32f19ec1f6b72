#pragma once

// libnfs.h uses the structures of both without naming their headers.
struct stat;
#include <sys/time.h>
#include <nfsc/libnfs.h>
