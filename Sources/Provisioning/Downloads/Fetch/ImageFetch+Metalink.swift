extension ImageFetch {
    /// What is to be downloaded.
    struct Wanted: Sendable {
        let item: DownloadItem
        /// What the URL leads to; `nil` where that is the image itself.
        let metalink: MetalinkDocument?
    }

    /// A metalink as it was read.
    struct MetalinkDocument: Sendable {
        let bytes: [UInt8]
        let validator: ContentValidator?
    }

    /// What is to be downloaded: what the URL has, or what the metalink says that it has.
    func wanted(_ request: Request, _ progress: DownloadProgress) async throws(DownloadError) -> Wanted {
        try Self.check(request.url)
        var item = DownloadItem(urls: [request.url])
        item.headers = request.headers
        // The mirrors of a metalink may be anybody's.
        item.headerOrigin = try HTTPSource.origin(of: request.url)
        item.checksums = request.checksum.map { [$0] } ?? []
        guard let document = try await metalink(request, progress) else { return Wanted(item: item, metalink: nil) }
        let file = try Metalink(document.bytes, from: request.url).file(isVerified: request.checksum != nil)
        for checksum in file.checksums {
            let given = item.checksums.first { $0.algorithm == checksum.algorithm }
            if given == nil { item.checksums.append(checksum) }
            if let given, given != checksum {
                throw DownloadError(
                    .checksum,
                    "the metalink \(Self.shown(request.url)) says \(checksum.text), and \(given.text) was asked for; check both"
                )
            }
        }
        item.urls = file.mirrors
        item.size = file.size
        item.pieces = file.pieces
        return Wanted(item: item, metalink: document)
    }

    /// The metalink that the URL leads to; `nil` where it leads to the image itself.
    private func metalink(
        _ request: Request,
        _ progress: DownloadProgress
    ) async throws(DownloadError) -> MetalinkDocument? {
        let isNamed = Metalink.isNamed(request.url)
        if !isNamed && Self.isNamedAsImage(request.url) { return nil }
        progress.update { snapshot in
            snapshot.phase = .connecting
            snapshot.source = Self.shown(request.url)
        }
        var attempt = 1
        while true {
            do throws(DownloadError) {
                let source = try downloader.sources.source(request.url, headers: request.headers)
                let receiver = DocumentReceiver(isWanted: isNamed)
                do throws(DownloadError) {
                    try await source.read(ByteRequest(url: request.url), into: receiver)
                } catch {
                    // What is no metalink is not read any further.
                    if !receiver.isDropped { throw error }
                }
                return receiver.document.map { MetalinkDocument(bytes: $0, validator: receiver.validator) }
            } catch {
                attempt += 1
                if !error.isTemporary || attempt > settings.attempts { throw error }
                progress.fail(error.message)
                do { try await Task.sleep(for: .seconds(settings.retryDelay * Double(attempt))) } catch {
                    throw .wasCancelled
                }
            }
        }
    }

    /// Endings of what is an image for sure, so that nobody is asked twice for it.
    private static let imageEndings = [
        ".qcow2", ".img", ".raw", ".iso", ".vmdk", ".vhd", ".vhdx", ".vdi", ".gz", ".bz2", ".xz", ".zst", ".zip",
        ".tar",
    ]

    private static func isNamedAsImage(_ url: String) -> Bool {
        let path = url.prefix { $0 != "?" && $0 != "#" }.lowercased()
        return imageEndings.contains { path.hasSuffix($0) }
    }
}
