extension ImageFetch {
    private enum Part: Sendable {
        case source(Result<DownloadedSource, DownloadError>)
        case image(Unpacking.Outcome)
    }

    /// Downloads, and unpacks meanwhile.
    ///
    /// - Returns: the unpacked image; `nil` where the source is not packed.
    func download(
        _ item: DownloadItem,
        _ request: Request,
        _ partial: PartialFile,
        _ progress: DownloadProgress
    ) async throws(DownloadError) -> (DownloadedSource, Unpacking.Image?) {
        let isChecked = !item.checksums.isEmpty || item.pieces != nil
        let unpacking = Unpacking(
            file: partial,
            folder: request.folder,
            id: request.id,
            limit: settings.maximumSize,
            progress: progress
        )
        let downloader = downloader
        let (source, outcome) = await withTaskGroup(of: Part.self) { group in
            group.addTask {
                do throws(DownloadError) {
                    return .source(.success(try await downloader.download(item, into: partial, progress: progress)))
                } catch { return .source(.failure(error)) }
            }
            group.addTask { .image(await unpacking.run()) }
            var source: Result<DownloadedSource, DownloadError>?
            var outcome: Unpacking.Outcome?
            for await part in group {
                switch part {
                case .source(let result):
                    source = source ?? result
                    if case .failure = result { group.cancelAll() }
                case .image(let result):
                    outcome = result
                    guard source == nil, case .failure(let error) = result.image else { break }
                    // Where a checksum may still tell that the bytes are wrong, another mirror may have better ones.
                    if isChecked && [.badArchive, .badImage, .changed].contains(error.code) { break }
                    source = .failure(error)
                    group.cancelAll()
                }
            }
            return (source, outcome)
        }
        guard let source, var outcome else { throw .wasCancelled }
        let downloaded: DownloadedSource
        do throws(DownloadError) { downloaded = try source.get() } catch {
            outcome.discard()
            throw error
        }
        // What was unpacked of bytes that were replaced later is not worth anything.
        while outcome.generation != partial.generation {
            outcome.discard()
            outcome = await unpacking.run()
        }
        return (downloaded, try outcome.image.get())
    }
}
