#pragma once

#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

// memfd_create(2), which glibc's headers show to GNU sources alone, and Swift reads them as others do. 1 is MFD_CLOEXEC.
static inline int hostler_memfd_create(const char *name) {
    return (int)syscall(SYS_memfd_create, name, 1U);
}

// pidfd_open(2), for the same reason.
static inline int hostler_pidfd_open(pid_t process) {
    return (int)syscall(SYS_pidfd_open, process, 0U);
}

// A member of a union, which Swift does not see.
static inline pid_t hostler_siginfo_pid(const siginfo_t *info) { return info->si_pid; }

// struct ucred of unix(7), which glibc's headers show to GNU sources alone. SO_PEERCRED fills it in.
struct hostler_ucred {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};
