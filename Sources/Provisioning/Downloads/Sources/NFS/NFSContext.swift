internal import CLibnfs
internal import Glibc

/// The owner of one `struct nfs_context`: a connection to one export. It belongs to the thread that made it.
///
/// libnfs's own blocking calls wait as long as a server that is gone likes them to, so this drives its other interface
/// with `poll(2)`, and every wait here has an end: an answer, a limit of time, or the interruption.
final class NFSContext {
    /// What one call was answered with.
    final class Call {
        fileprivate(set) var isDone = false
        /// A negative number of errno, or what the call counts.
        fileprivate(set) var status: Int32 = 0
        fileprivate(set) var attributes = NFSAttributes()
        /// Of an open file, for the owner alone.
        fileprivate(set) var handle: OpaquePointer?
        /// Where the bytes of a read are copied to.
        fileprivate var buffer: UnsafeMutableRawBufferPointer?

        fileprivate init() {}
    }

    let complaint: NFSComplaint
    private let context: OpaquePointer
    private let interruption: Interruption
    /// Calls that libnfs may still answer; it is their only owner as long as it may.
    private var calls: [ObjectIdentifier: Call] = [:]
    private var file: OpaquePointer?
    private var ring: ReadRing?
    private var isMounted = false
    /// Of errno: why the connection ended, which libnfs does not keep.
    private var socketError: Int32 = 0

    /// - Throws: `other` where libnfs cannot be used.
    init(_ url: NFSURL, interruption: Interruption) throws(DownloadError) {
        guard let context = nfs_init_context() else {
            throw DownloadError(.other, "libnfs cannot be used: there is no memory for it", isTemporary: true)
        }
        self.context = context
        self.interruption = interruption
        complaint = NFSComplaint(url: url)
        guard let settings = nfs_parse_url_incomplete(context, url.libraryOptions) else {
            throw DownloadError(.other, "libnfs does not take its settings: \(Self.words(context))")
        }
        nfs_destroy_url(settings)
        if let uid = url.uid { nfs_set_uid(context, uid) }
        if let gid = url.gid { nfs_set_gid(context, gid) }
        // libnfs names itself by process and second. A server takes two connections of the same name for one client, and
        // refuses what the second one opens.
        var random = SystemRandomNumberGenerator()
        let name = hexadecimal((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        nfs4_set_client_name(context, "hostler-" + name)
        nfs4_set_verifier(context, String(name.prefix(8)))
    }

    deinit {
        // A file that the server still knows of is given back, unless that takes too long; without the call its memory
        // would be lost.
        if let file {
            let call = Call()
            calls[ObjectIdentifier(call)] = call
            if nfs_close_async(context, file, Self.done, Unmanaged.passUnretained(call).toOpaque()) == 0 {
                let end = Self.now() + 1000
                while !call.isDone, Self.now() < end, step(milliseconds: 100) {}
            }
        }
        // It answers what is still open, so the calls and their buffers have to be there until then.
        nfs_destroy_context(context)
        withExtendedLifetime((calls, ring)) {}
    }

    // MARK: Calls

    /// - Parameter server: a numeric address.
    func mount(_ server: String, _ folder: String, seconds: Int) throws(DownloadError) {
        let call = try start { nfs_mount_async(context, server, folder, Self.done, $0) }
        try wait(call, seconds, else: complaint.connectTimeout(seconds))
        _ = try result(call)
        isMounted = true
    }

    /// Of the file at the end of all links.
    func attributes(_ path: String, seconds: Int) throws(DownloadError) -> NFSAttributes {
        try finish(try start { nfs_stat64_async(context, path, Self.attributes, $0) }, seconds).attributes
    }

    /// Opens for reading; once.
    func open(_ path: String, seconds: Int) throws(DownloadError) {
        file = try finish(try start { nfs_open_async(context, path, O_RDONLY, Self.opened, $0) }, seconds).handle
    }

    /// Of the open file.
    func openAttributes(seconds: Int) throws(DownloadError) -> NFSAttributes {
        try finish(try start { nfs_fstat64_async(context, file, Self.attributes, $0) }, seconds).attributes
    }

    /// The most bytes that one read may ask for; `nil` where it is not known: libnfs does not ask an NFSv4 server.
    var maximumRead: Int? {
        let maximum = nfs_get_readmax(context)
        return maximum == 0 ? nil : Int(clamping: maximum)
    }

    /// Asks for bytes of the open file, which are in `buffer` once ``count(_:seconds:)`` comes back.
    ///
    /// - Parameter buffer: of what was given to ``keep(_:)``.
    func startRead(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(DownloadError) -> Call {
        try start(buffer) { nfs_pread_async(context, file, UInt64(offset), UInt64(buffer.count), Self.read, $0) }
    }

    /// Holds the memory of reads as long as libnfs may write to it.
    func keep(_ ring: ReadRing) { self.ring = ring }

    /// Waits for a read.
    ///
    /// - Returns: how many bytes came; 0 at the end of the file.
    func count(_ call: Call, seconds: Int) throws(DownloadError) -> Int { Int(try finish(call, seconds).status) }

    // MARK: Waiting

    private func start(
        _ buffer: UnsafeMutableRawBufferPointer? = nil,
        _ body: (UnsafeMutableRawPointer) -> Int32
    ) throws(DownloadError) -> Call {
        let call = Call()
        call.buffer = buffer
        calls[ObjectIdentifier(call)] = call
        if body(Unmanaged.passUnretained(call).toOpaque()) != 0 { throw failure(EIO) }
        return call
    }

    private func finish(_ call: Call, _ seconds: Int) throws(DownloadError) -> Call {
        try wait(call, seconds, else: complaint.idleTimeout(seconds))
        return try result(call)
    }

    private func result(_ call: Call) throws(DownloadError) -> Call {
        calls[ObjectIdentifier(call)] = nil
        if call.status < 0 { throw failure(-call.status) }
        return call
    }

    private func wait(_ call: Call, _ seconds: Int, else limit: DownloadError) throws(DownloadError) {
        let end = Self.now() + Int64(seconds) * 1000
        while !call.isDone {
            if interruption.isRaised { throw complaint.cancelled }
            let left = end - Self.now()
            if left <= 0 { throw limit }
            if !step(milliseconds: Int32(min(left, 1000))), !call.isDone {
                throw failure(EIO)
            }
        }
    }

    private func failure(_ number: Int32) -> DownloadError {
        complaint.error(socketError == 0 ? number : socketError, Self.words(context), isMounted: isMounted)
    }

    /// Lets libnfs send and receive what it can.
    ///
    /// - Returns: whether the connection is still of use.
    private func step(milliseconds: Int32) -> Bool {
        var files = [
            pollfd(fd: nfs_get_fd(context), events: Int16(truncatingIfNeeded: nfs_which_events(context)), revents: 0),
            pollfd(fd: interruption.isRaised ? -1 : interruption.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        if poll(&files, nfds_t(files.count), milliseconds) < 0 { return errno == EINTR }
        if files[0].revents & Int16(POLLERR | POLLHUP) != 0 {
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(files[0].fd, SOL_SOCKET, SO_ERROR, &socketError, &size)
        }
        return nfs_service(context, Int32(files[0].revents)) >= 0
    }

    /// Of a clock that nobody sets, in milliseconds.
    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private static func words(_ context: OpaquePointer) -> String {
        nfs_get_error(context).map { String(cString: $0) } ?? ""
    }

    // MARK: Answers

    private static func call(_ status: Int32, _ pointer: UnsafeMutableRawPointer?) -> Call? {
        guard let pointer else { return nil }
        let call = Unmanaged<Call>.fromOpaque(pointer).takeUnretainedValue()
        call.status = status
        call.isDone = true
        return call
    }

    private static let done: nfs_cb = { status, _, _, pointer in _ = NFSContext.call(status, pointer) }

    private static let attributes: nfs_cb = { status, _, data, pointer in
        guard let call = NFSContext.call(status, pointer), status >= 0, let data else { return }
        call.attributes = NFSAttributes(data.load(as: nfs_stat_64.self))
    }

    private static let opened: nfs_cb = { status, _, data, pointer in
        guard let call = NFSContext.call(status, pointer), status >= 0 else { return }
        call.handle = data.map { OpaquePointer($0) }
    }

    private static let read: nfs_cb = { status, _, data, pointer in
        guard let call = NFSContext.call(status, pointer), status > 0, let data, let buffer = call.buffer else {
            return
        }
        // A server that sends more than it was asked for gets no further than the buffer.
        let count = min(Int(status), buffer.count)
        call.status = Int32(count)
        buffer.copyMemory(from: UnsafeRawBufferPointer(start: data, count: count))
    }
}
