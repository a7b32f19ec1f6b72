/// Brings an image here from its source: downloaded, verified, unpacked, checked, and given its name, in one pass.
public struct ImageFetch: Sendable {
    /// What is wanted.
    public struct Request: Sendable {
        /// Of whom asks: the same one goes on where it was stopped. Letters, digits and `-`.
        public let id: String
        /// What the file's name begins with.
        public let name: String
        public let url: String
        public let headers: [HTTPHeader]
        /// Of the source's bytes.
        public let checksum: Checksum?
        /// What the image has to be: `qcow2`, into which others are converted, `raw` or `iso`; `nil` for any of these.
        public let format: ImageFormat?
        /// Has to be there.
        public let folder: String

        public init(
            id: String,
            name: String,
            url: String,
            headers: [HTTPHeader] = [],
            checksum: Checksum? = nil,
            format: ImageFormat? = nil,
            folder: String
        ) {
            self.id = id
            self.name = name
            self.url = url
            self.headers = headers
            self.checksum = checksum
            self.format = format
            self.folder = folder
        }
    }

    let settings: DownloadSettings
    let downloader: Downloader

    /// Downloads that end at once would otherwise have a thread each, and a conversion.
    private static let finishing = Slots(3)

    /// - Throws: `badInput` where the settings make no sense.
    public init(_ settings: DownloadSettings) throws(DownloadError) {
        self.settings = settings
        downloader = try Downloader(settings)
    }

    /// - Throws: `badInput` where nothing reads such a URL.
    public static func check(_ url: String) throws(DownloadError) {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard SourceTable.schemes.contains(scheme), let origin = URLOrigin(url), !origin.host.isEmpty else {
            throw DownloadError(
                .badInput,
                "\(shown(url)) is not a URL of a template; one begins with "
                    + SourceTable.schemes.map { $0 + "://HOST/" }.joined(separator: ", ")
            )
        }
        if url.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F }) {
            throw DownloadError(.badInput, "\(shown(url)) has blanks or control characters in it; write them as %20")
        }
    }

    /// The URL without user, query and fragment, which may be secrets.
    public static func shown(_ url: String) -> String { String(DisplayURL(url).text.dropFirst().dropLast()) }

    /// Whether the source still has what it had when `validator` was seen; `nil` where it does not say.
    public func isUnchanged(
        _ url: String,
        headers: [HTTPHeader],
        since validator: ContentValidator
    ) async throws(DownloadError) -> Bool? {
        let head = try await downloader.sources.source(url, headers: headers).head(url)
        return head.validator.map { $0 == validator }
    }

    /// What is told of an image that is about to be given its name. What it throws ends the fetch before that.
    public typealias Announcement = @Sendable (FetchedImage) throws(DownloadError) -> Void

    /// Does it. Nothing is to be seen in the folder before all is right, but hidden files, which the next call goes on with.
    ///
    /// - Parameter announce: for a caller who keeps what is there: a process that dies between the name and its note of it
    ///   would leave a file that nobody knows of. A name that is taken by then may be followed by another one.
    /// - Throws: why it could not be done.
    public func run(
        _ request: Request,
        progress: DownloadProgress,
        announce: @escaping Announcement = { _ in }
    ) async throws(DownloadError) -> FetchedImage {
        // In a thread that may hang: the folder's file system may be one whose server is gone.
        let opened = try await DedicatedThread.run { _ throws(DownloadError) in
            // A process that was killed has left what it had unpacked, of which nothing can be gone on with.
            try ImageFile.sweep(request.folder)
            return try PartialFile.open(in: request.folder, id: request.id)
        }
        guard let partial = opened else {
            throw DownloadError(
                .other,
                "another process is fetching \(Self.shown(request.url)) into \(request.folder); wait for it",
                isTemporary: true
            )
        }
        do throws(DownloadError) {
            let wanted = try await wanted(request, progress)
            let (source, unpacked) = try await download(wanted.item, request, partial, progress)
            // A metalink says by itself whether the image is another one; its mirrors have each their own word for that.
            let validator = wanted.metalink.map(\.validator) ?? source.validator
            return try await Self.finishing.run { () async throws(DownloadError) in
                try await DedicatedThread.run { interruption throws(DownloadError) in
                    // Of no use once it was converted, or refused; what was published stays.
                    defer { unpacked?.file.discard() }
                    progress.update { $0.phase = .verifying }
                    let found = try ImageInspection(request: request, settings: settings, progress: progress)
                        .result(unpacked, partial, source) { () throws(DownloadError) in
                            if interruption.isRaised { throw .wasCancelled }
                        }
                    progress.update { $0.phase = .publishing }
                    return try found.publish(request, source, validator, announce: announce)
                }
            }
        } catch {
            // Other bytes would be needed, so that going on with these is of no use; or none have come.
            let isUseless = [.badArchive, .badImage, .tooLarge, .checksum].contains(error.code)
            if isUseless || partial.isEmpty { partial.discard() }
            throw error
        }
    }
}
