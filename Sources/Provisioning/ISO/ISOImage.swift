internal import CLibisofs
internal import Glibc

/// A tree of files as libisofs holds it, before it is an image.
struct ISOImage: ~Copyable {
    private let pointer: OpaquePointer

    init(label: String) throws(ConfigDriveError) {
        pointer = try Libisofs.made("cannot begin an ISO image") { iso_image_new(label, &$0) }
        iso_image_set_application_id(pointer, DriveMark.text)
    }

    deinit { iso_image_unref(pointer) }

    /// Puts the files of `tree` in; the image is of no use where that fails.
    borrowing func fill(_ tree: DriveTree, date: Int) throws(ConfigDriveError) {
        guard let root = iso_image_get_root(pointer) else { throw Libisofs.complaint("the ISO image has no root", 0) }
        var folders = ["": root]
        let streams = Streams(tree)
        for file in tree.files {
            let components = file.path.split(separator: "/")
            var path = ""
            var folder = root
            for name in components.dropLast() {
                path += "/" + name
                if let known = folders[path] {
                    folder = known
                } else {
                    folder = try makeFolder(String(name), in: folder)
                    folders[path] = folder
                }
            }
            let stream = try streams.stream(file.content)
            let name = String(components[components.count - 1])
            let node = try Libisofs.made("cannot put '\(DisplayURL.printable(file.path))' into the ISO image") { node in
                let code = iso_image_add_new_file(pointer, folder, name, stream, &node)
                if code < 0 { iso_stream_unref(stream) }
                return code
            }
            // libisofs compares these times, now otherwise, to tell links from different files.
            iso_node_set_atime(node, time_t(date))
            iso_node_set_mtime(node, time_t(date))
            iso_node_set_ctime(node, time_t(date))
        }
    }

    private borrowing func makeFolder(_ name: String, in parent: OpaquePointer) throws(ConfigDriveError)
        -> OpaquePointer
    {
        try Libisofs.made("cannot put the folder '\(DisplayURL.printable(name))' into the ISO image") {
            iso_image_add_new_dir(pointer, parent, name, &$0)
        }
    }

    /// Lays the image out and has it written by a thread of libisofs, which waits when nobody reads.
    borrowing func output(date: Int) throws(ConfigDriveError) -> ISOOutput {
        let options = try WriteOptions()
        try options.set(date: date)
        return ISOOutput(
            try Libisofs.made("cannot lay out the ISO image") {
                iso_image_create_burn_source(pointer, options.pointer, &$0)
            }
        )
    }

    /// One stream for each content, made when it is first wanted: files with the same stream become hard links.
    private final class Streams {
        private let contents: [[UInt8]]
        private var made: [Int: UnsafeMutablePointer<IsoStream>] = [:]

        init(_ tree: DriveTree) { contents = tree.contents }

        deinit { made.values.forEach { iso_stream_unref($0) } }

        /// - Returns: a stream with a reference for the caller.
        func stream(_ content: Int) throws(ConfigDriveError) -> UnsafeMutablePointer<IsoStream> {
            if made[content] == nil { made[content] = ContentStream.make(contents[content], number: content + 1) }
            guard let stream = made[content] else {
                throw ConfigDriveError(.library, "not enough memory for the drive")
            }
            iso_stream_ref(stream)
            return stream
        }
    }
}

/// An image while it is written.
struct ISOOutput: ~Copyable {
    private let source: UnsafeMutablePointer<burn_source>
    /// Of the whole image, known from the layout.
    let size: Int

    fileprivate init(_ source: UnsafeMutablePointer<burn_source>) {
        self.source = source
        size = Int(source.pointee.get_size?(source) ?? 0)
    }

    // Ends the writer thread and waits for it, also where not everything was read; then as libburn does, which it is for.
    deinit {
        source.pointee.free_data?(source)
        free(source)
    }

    borrowing func read() throws(ConfigDriveError) -> [UInt8] {
        var count: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            count = source.pointee.read_xt?(source, buffer.baseAddress, Int32(size)) ?? 0
            initialized = max(Int(count), 0)
        }
        if bytes.count != size {
            throw Libisofs.complaint("the ISO image broke off while it was written", min(count, 0))
        }
        return bytes
    }
}

/// How the image looks.
private struct WriteOptions: ~Copyable {
    let pointer: OpaquePointer

    init() throws(ConfigDriveError) {
        pointer = try Libisofs.made("cannot begin an ISO image") { iso_write_opts_new(&$0, 0) }
    }

    deinit { iso_write_opts_free(pointer) }

    borrowing func set(date: Int) throws(ConfigDriveError) {
        var volumeTime = Array(ISODate.digits(date).utf8CString)
        let codes = [
            iso_write_opts_set_iso_level(pointer, 3),
            iso_write_opts_set_rockridge(pointer, 1),
            iso_write_opts_set_joliet(pointer, 1),
            iso_write_opts_set_hardlinks(pointer, 1),
            // Labels in lower case, which is what guests look for and ECMA-119 does not have.
            iso_write_opts_set_relaxed_vol_atts(pointer, 1),
            // The same for names, for readers of neither Rock Ridge nor Joliet; as genisoimage's -allow-lowercase -l.
            iso_write_opts_set_allow_lowercase(pointer, 1),
            iso_write_opts_set_allow_7bit_ascii(pointer, 1),
            iso_write_opts_set_max_37_char_filenames(pointer, 1),
            // No dot behind names without one: bit 0 in the plain tree, bit 1 in Joliet's.
            iso_write_opts_set_no_force_dots(pointer, 3),
            // Past these limits libisofs would leave files out; DriveNames keeps paths in the range of all readers.
            iso_write_opts_set_allow_longer_paths(pointer, 1),
            iso_write_opts_set_joliet_longer_paths(pointer, 1),
            iso_write_opts_set_output_charset(pointer, "UTF-8"),
            iso_write_opts_set_replace_mode(pointer, 2, 2, 2, 2),
            iso_write_opts_set_default_dir_mode(pointer, 0o555),
            iso_write_opts_set_default_file_mode(pointer, 0o444),
            iso_write_opts_set_default_uid(pointer, 0),
            iso_write_opts_set_default_gid(pointer, 0),
            iso_write_opts_set_replace_timestamps(pointer, 2),
            iso_write_opts_set_default_timestamp(pointer, time_t(date)),
            // Everywhere: 1 for the plain tree, 2 for Joliet's, which would have the time of writing.
            iso_write_opts_set_dir_rec_mtime(pointer, 3),
            iso_write_opts_set_always_gmt(pointer, 1),
            // As text: a number of 0 would stand for now.
            iso_write_opts_set_pvd_times(pointer, 0, 0, 0, 0, &volumeTime),
            // Nothing behind the last file: the 150 blocks of other tools are for drives that read ahead past a track.
            iso_write_opts_set_tail_blocks(pointer, 0),
        ]
        for code in codes { try Libisofs.check(code, "an option of the ISO library is refused") }
    }
}
