#pragma once

// libisofs.h names types of these headers and leaves it to its user to include them.
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/stat.h>
#include <time.h>

// What an image is read from is declared by libburn; without it, libisofs.h brings a copy of its own.
#define LIBISOFS_WITHOUT_LIBBURN
#include <libisofs/libisofs.h>

// ISO_FILE_READ_ERROR is a hexadecimal number beyond int, which libisofs casts where it uses it.
static inline int hostler_isofs_read_error(void) { return (int) ISO_FILE_READ_ERROR; }
