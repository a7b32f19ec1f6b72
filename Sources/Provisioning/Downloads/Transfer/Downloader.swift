/// Brings a file here from the first of its sources that gives it whole and right.
public struct Downloader: Sendable {
    let settings: DownloadSettings
    let sources: SourceTable

    /// - Throws: `badInput` where `allowedCIDRs` is not what it should be.
    public init(_ settings: DownloadSettings) throws(DownloadError) {
        self.settings = settings
        sources = SourceTable(
            settings: settings,
            policy: try AddressPolicy(allowedCIDRs: settings.allowedCIDRs)
        )
    }

    /// Downloads `item`, going on with what `file` has already.
    ///
    /// Sources are asked in order: each again after what can pass, the next one after what cannot. When it returns, `file`
    /// has all bytes, and all that is known of them was checked; what `file.reader()` gave earlier is of the same bytes
    /// if its `generation` is still the file's. The bytes may not be on the disk yet: see ``PartialFile/sync()``.
    ///
    /// - Throws: why none of the sources gives it; or `cancelled`. `file` stays as it is, for another time.
    public func download(
        _ item: DownloadItem,
        into file: PartialFile,
        progress: DownloadProgress
    ) async throws(DownloadError) -> DownloadedSource {
        file.revive()
        do throws(DownloadError) {
            return try await DownloadRun(
                item: item,
                file: file,
                progress: progress,
                settings: settings,
                sources: sources
            ).result()
        } catch {
            file.fail(error)
            throw error
        }
    }
}
