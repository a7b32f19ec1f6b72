package import Provisioning

/// Fetches templates from their sources.
package struct SourceFetcher: TemplateFetcher {
    private let settings: @Sendable () throws -> DownloadSettings

    /// - Parameter settings: asked for at each fetch.
    package init(settings: @escaping @Sendable () throws -> DownloadSettings) { self.settings = settings }

    package init(_ settings: DownloadSettings) throws { self.init { settings } }

    package init(_ state: HostState) throws { self.init { try Self.settings(state) } }

    /// What this host allows, with the zone's certificates trusted beside the system's.
    package static func settings(_ state: HostState) throws -> DownloadSettings {
        var settings = DownloadSettings()
        if Files.isDirectory(state.trustFolder) { settings.trustFolder = state.trustFolder }
        settings.allowedCIDRs = try AllowedCIDRs.ofThisHost()
        return settings
    }

    /// - Throws: where no source can be asked for that URL.
    package static func checked(_ url: String) throws(DownloadError) -> String {
        try ImageFetch.check(url)
        return url
    }

    /// The URL without user and query, which may be secrets.
    package static func shown(_ url: String) -> String { ImageFetch.shown(url) }

    package func fetch(
        _ template: TemplateRecord,
        into folder: String,
        progress: DownloadProgress,
        announce: @escaping ImageFetch.Announcement
    ) async throws(DownloadError) -> FetchedImage {
        try await fetch(settings()).run(
            ImageFetch.Request(
                id: template.id,
                name: template.name,
                url: template.url,
                headers: template.headers,
                checksum: template.checksum,
                format: template.format,
                folder: folder
            ),
            progress: progress,
            announce: announce
        )
    }

    package func isUnchanged(
        _ template: TemplateRecord,
        since validator: ContentValidator
    ) async throws(DownloadError) -> Bool? {
        try await fetch(settings()).isUnchanged(template.url, headers: template.headers, since: validator)
    }

    private func fetch(_ settings: @autoclosure () throws -> DownloadSettings) throws(DownloadError) -> ImageFetch {
        do { return try ImageFetch(settings()) } catch let error as DownloadError {
            throw error
        } catch {
            throw DownloadError(.badInput, OperationError(wrapping: error)?.message ?? "\(error)")
        }
    }
}
