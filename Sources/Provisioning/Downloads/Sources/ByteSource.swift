/// What tells whether the bytes behind a URL are still those of another time.
public enum ContentValidator: Codable, Equatable, Sendable {
    /// A strong entity tag with its quotes (RFC 9110, 8.8.3).
    case entityTag(String)
    /// `Last-Modified` as the server writes it, or what another kind of source has in its place.
    case modified(String)
}

/// What a source says of the bytes that it is about to give.
struct ContentHead: Equatable, Sendable {
    /// Of the whole content in bytes; `nil` where the source does not know.
    var size: Int64?
    /// Where in the content the bytes begin that come now: what was asked for, or 0 where the source gives no parts or
    /// the content is not the one any more that the validator was for.
    var offset: Int64
    var validator: ContentValidator?
    /// Whether the source gives parts of it.
    var servesRanges: Bool
}

/// Which bytes are wanted.
struct ByteRequest: Sendable {
    var url: String
    /// The first byte.
    var offset: Int64 = 0
    /// The first byte that is not wanted any more; `nil` for all.
    var end: Int64?
    /// The part is wanted only of the content that this is for; else the source begins anew at 0, or throws `changed`
    /// where `end` is set.
    var validator: ContentValidator?
}

/// Takes what a source gives. Called from a thread of the source's, one call at a time.
protocol ByteReceiver: AnyObject, Sendable {
    /// Comes once, before the first byte.
    func begin(_ head: ContentHead) throws(DownloadError)
    /// The next bytes, in order.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(DownloadError)
}

/// One way of reading remote bytes; a file for each in this folder.
protocol ByteSource: Sendable {
    /// In lower case.
    static var schemes: [String] { get }

    /// Gives the bytes to `receiver`, and returns when the last one was taken. It neither tries again nor hides anything:
    /// a body shorter than promised is `wrongSize` and temporary. What `receiver` throws ends it and is thrown here.
    /// Cancelling the task ends it soon, with `cancelled`.
    func read(_ request: ByteRequest, into receiver: any ByteReceiver) async throws(DownloadError)

    /// What there is, without reading it: asked without a body where possible, else for as few bytes as possible.
    func head(_ url: String) async throws(DownloadError) -> ContentHead
}
