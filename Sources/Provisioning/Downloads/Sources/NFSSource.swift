/// Files of NFS servers, read by libnfs: no mount, no rights beyond a user's, and no process that hangs with a server.
///
/// URLs are those of ``NFSURL``. A connection, and a thread, live as long as one call here.
struct NFSSource: ByteSource {
    static let schemes = ["nfs"]

    let settings: DownloadSettings
    /// Called with each address before there is a connection to it; what it throws keeps that from being made.
    let check: @Sendable (_ numericAddress: String) throws(DownloadError) -> Void

    init(
        settings: DownloadSettings,
        check: @escaping @Sendable (_ numericAddress: String) throws(DownloadError) -> Void
    ) {
        self.settings = settings
        self.check = check
    }

    /// Reads that wait for the server at once.
    private static let window = 4
    /// Bytes of each.
    private static let maximumPiece = 1 << 20

    func head(_ url: String) async throws(DownloadError) -> ContentHead {
        let url = try NFSURL(url)
        return try await DedicatedThread.run { interruption throws(DownloadError) in
            let (_, attributes) = try connect(url, interruption)
            return ContentHead(size: attributes.size, offset: 0, validator: attributes.validator, servesRanges: true)
        }
    }

    func read(_ request: ByteRequest, into receiver: any ByteReceiver) async throws(DownloadError) {
        let url = try NFSURL(request.url)
        if request.offset < 0 || request.end.map({ $0 < request.offset }) == true {
            throw DownloadError(.badInput, "\(url.shown.text) was asked for a part that ends before it begins")
        }
        try await DedicatedThread.run { interruption throws(DownloadError) in
            try read(url, request, receiver, interruption)
        }
    }

    private func read(
        _ url: NFSURL,
        _ request: ByteRequest,
        _ receiver: any ByteReceiver,
        _ interruption: Interruption
    ) throws(DownloadError) {
        let (context, _) = try connect(url, interruption)
        try context.open(url.file, seconds: settings.idleTimeout)
        let before = try context.openAttributes(seconds: settings.idleTimeout)
        if let kind = before.otherKind { throw context.complaint.notAFile(kind) }

        let isOther = request.validator.map { $0 != before.validator } ?? false
        if isOther || request.offset > before.size, request.end != nil { throw context.complaint.changed }
        let offset = isOther || request.offset > before.size ? 0 : request.offset
        let end = min(request.end ?? before.size, before.size)
        try receiver.begin(
            ContentHead(size: before.size, offset: offset, validator: before.validator, servesRanges: true)
        )
        try copy(context, offset..<max(offset, end), receiver, interruption) { () throws(DownloadError) in
            // NFS has no snapshot: what was read belongs together only if nothing has changed until now.
            let after = try context.openAttributes(seconds: settings.idleTimeout)
            if after != before { throw context.complaint.changed }
        }
    }

    /// - Parameter confirm: comes before the last bytes are given on.
    private func copy(
        _ context: NFSContext,
        _ range: Range<Int64>,
        _ receiver: any ByteReceiver,
        _ interruption: Interruption,
        confirm: () throws(DownloadError) -> Void
    ) throws(DownloadError) {
        var piece = context.maximumRead.map { max(4096, min(Self.maximumPiece, $0)) } ?? Self.maximumPiece
        let ring = ReadRing(pieces: Self.window, length: piece)
        // libnfs writes to the ring until the context is gone.
        context.keep(ring)
        var asked = range.lowerBound
        var waiting: [(call: NFSContext.Call, start: Int64, buffer: UnsafeMutableRawBufferPointer)] = []
        var slot = 0
        var position = range.lowerBound
        while position < range.upperBound {
            while asked < range.upperBound, waiting.count < Self.window {
                let count = Int(min(Int64(piece), range.upperBound - asked))
                let buffer = ring.piece(slot, count)
                waiting.append((try context.startRead(at: asked, into: buffer), asked, buffer))
                slot = (slot + 1) % Self.window
                asked += Int64(count)
            }
            let (call, _, buffer) = waiting.removeFirst()
            var count = try context.count(call, seconds: settings.idleTimeout)
            // A server may give less than it was asked for; only nothing is the end. It is asked for no more again.
            if count > 0 && count < buffer.count { piece = min(piece, count) }
            while count < buffer.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                let more = try context.count(
                    try context.startRead(at: position + Int64(count), into: rest),
                    seconds: settings.idleTimeout
                )
                if more == 0 { throw context.complaint.short(position + Int64(count), range.upperBound) }
                count += more
            }
            position += Int64(count)
            if position >= range.upperBound { try confirm() }
            if interruption.isRaised { throw context.complaint.cancelled }
            try receiver.receive(UnsafeRawBufferPointer(buffer))
        }
        if range.isEmpty { try confirm() }
    }

    /// Connects to the first address that is allowed and answers.
    ///
    /// - Returns: the connection, and what the server says of the file, which is a regular one.
    private func connect(
        _ url: NFSURL,
        _ interruption: Interruption
    ) throws(DownloadError) -> (NFSContext, NFSAttributes) {
        var first: DownloadError?
        for address in try HostAddresses.resolve(url.host, NFSComplaint(url: url)) {
            do throws(DownloadError) {
                try check(address)
                let context = try NFSContext(url, interruption: interruption)
                try context.mount(address, url.folder, seconds: settings.connectTimeout)
                let attributes = try context.attributes(url.file, seconds: settings.idleTimeout)
                if let kind = attributes.otherKind { throw context.complaint.notAFile(kind) }
                return (context, attributes)
            } catch {
                let mayPass: [DownloadError.Code] = [.noConnection, .timeout, .refusedAddress]
                if !mayPass.contains(error.code) { throw error }
                if interruption.isRaised { throw NFSComplaint(url: url).cancelled }
                first = first ?? error
            }
        }
        throw first ?? NFSComplaint(url: url).unknownHost("it has no address", isTemporary: false)
    }
}
