import Glibc

/// Finds a text in a buffer: what a hook with nothing to do spends its time in.
enum ByteSearch {
    static func contains(_ bytes: [UInt8], _ text: String) -> Bool {
        let needle = Array(text.utf8)
        guard let first = needle.first else { return true }
        return bytes.withUnsafeBytes { haystack in
            guard let base = haystack.baseAddress else { return false }
            var offset = 0
            // memmem(3) would be one call, but is hidden from Swift as a GNU extension.
            while haystack.count - offset >= needle.count,
                let hit = memchr(base + offset, Int32(first), haystack.count - offset - needle.count + 1)
            {
                if memcmp(hit, needle, needle.count) == 0 { return true }
                offset = hit - UnsafeMutableRawPointer(mutating: base) + 1
            }
            return false
        }
    }
}
