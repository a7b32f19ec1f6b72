#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
// gzip is read with zlib itself: libarchive (3.6) reads past a member's CRC and length without comparing them.
#include <zlib.h>

// Macros with casts.
static inline mode_t hostler_AE_IFREG(void) { return AE_IFREG; }
static inline mode_t hostler_AE_IFDIR(void) { return AE_IFDIR; }
static inline mode_t hostler_AE_IFLNK(void) { return AE_IFLNK; }

// Variadic. It is what a read callback says when it has nothing to give but a failure.
static inline void hostler_archive_fail(struct archive *archive, int number) {
    archive_set_error(archive, number, "%s", strerror(number));
}

// A macro. 15 is the largest window, 16 more asks for gzip's header and trailer, which are then checked.
static inline int hostler_gzip_begin(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
