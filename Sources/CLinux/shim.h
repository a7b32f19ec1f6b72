#pragma once

#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
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

// sync_file_range(2) with SYNC_FILE_RANGE_WRITE (2): begins to write dirty pages back and does not wait for them.
static inline long hostler_begin_writeback(int descriptor, int64_t offset, int64_t count) {
#if defined(SYS_sync_file_range)
    return syscall(SYS_sync_file_range, descriptor, offset, count, 2U);
#else
    return syscall(SYS_sync_file_range2, descriptor, 2U, offset, count);
#endif
}

// prctl(2) is variadic, which Swift cannot call. The name of the calling thread, of which 15 characters count.
static inline int hostler_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

// renameat2(2) with RENAME_NOREPLACE, which is 1; again for GNU sources alone.
static inline int hostler_rename_exclusive(int folder, const char *from, const char *to) {
    return (int)syscall(SYS_renameat2, folder, from, folder, to, 1U);
}

// ioctl_ficlone(2): its number is a macro of linux/fs.h, which clashes with headers of glibc's.
static inline int hostler_clone_file(int to, int from) { return ioctl(to, _IOW(0x94, 9, int), from); }

// copy_file_range(2) at one offset of both files.
static inline ssize_t hostler_copy_range(int from, int to, off_t offset, size_t length) {
    long long in = offset, out = offset;
    return (ssize_t)syscall(SYS_copy_file_range, from, &in, to, &out, length, 0U);
}

// SEEK_DATA and SEEK_HOLE of lseek(2), for GNU sources alone.
static inline off_t hostler_seek_data(int file, off_t offset) { return lseek(file, offset, 3); }
static inline off_t hostler_seek_hole(int file, off_t offset) { return lseek(file, offset, 4); }

// pipe2(2) with O_CLOEXEC, for GNU sources alone.
static inline int hostler_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, 02000000); }

// posix_spawn_file_actions_addclosefrom_np(3) of glibc 2.34, which its headers show to GNU sources alone.
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
