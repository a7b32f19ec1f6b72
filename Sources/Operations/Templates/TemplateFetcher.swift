package import Provisioning

/// Who brings a template here: a seam.
package protocol TemplateFetcher: Sendable {
    /// Brings it into `folder`, whole and verified, or nothing.
    ///
    /// - Parameter announce: told what is about to be there under its name.
    func fetch(
        _ template: TemplateRecord,
        into folder: String,
        progress: DownloadProgress,
        announce: @escaping ImageFetch.Announcement
    ) async throws(DownloadError) -> FetchedImage

    /// Whether the source is the same as when `validator` was seen; `nil` where it does not say.
    func isUnchanged(_ template: TemplateRecord, since validator: ContentValidator) async throws(DownloadError) -> Bool?
}
