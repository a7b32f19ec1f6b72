#pragma once

#include <sys/syscall.h>
#include <unistd.h>

// memfd_create(2), which glibc's headers show to GNU sources alone, and Swift reads them as others do. 1 is MFD_CLOEXEC.
static inline int hostler_memfd_create(const char *name) {
    return (int)syscall(SYS_memfd_create, name, 1U);
}
