package import Provisioning

/// A template in one folder of this host. Key `templatecopy/<template>/<folder's hash>`.
package struct TemplateCopy: Codable, Equatable, Sendable {
    package enum State: String, Codable, Sendable {
        /// Wanted, and nobody is at it.
        case queued
        /// Somebody is at it: ``owner``.
        case staging
        case ready
        /// Given up, until somebody asks again.
        case failed
    }

    package let template: String
    package let folder: String
    /// The libvirt storage pool that the folder is of, where it was named.
    package var pool: String?
    package var state: State
    /// Who is at it. One that is not alive any more has left it as it was.
    package var owner: ProcessIdentity?
    package var progress = DownloadProgress.Snapshot()
    /// The last error, one sentence.
    package var error: String?
    /// Whether it may go better when it is tried again without anybody doing anything.
    package var isErrorTemporary = false
    /// Milliseconds since 1970.
    package var created = Timestamp.now()
    package var changed = Timestamp.now()
    /// When it is tried again by itself, in milliseconds since 1970.
    package var nextAttempt: Int?
    package var attempts = 0

    /// In ``folder``; set once it is there.
    package var file: String?
    package var format: ImageFormat?
    /// Bytes that a guest sees.
    package var virtualSize: Int64?
    /// Bytes of the file.
    package var fileSize: Int64?
    /// Of the source as it was read, the one that was asked for among them.
    package var sourceDigests: [Checksum] = []
    /// SHA-256 of the file here.
    package var imageDigest: Checksum?
    package var validator: ContentValidator?
    /// Milliseconds since 1970 when the source was last found to be the same.
    package var verified: Int?

    package init(template: String, folder: String, pool: String? = nil) {
        self.template = template
        self.folder = folder
        self.pool = pool
        state = .queued
    }

    /// What was about to be there when this was written; whether it is there, the folder tells.
    package var arriving: FetchedImage?
    /// Files in ``folder`` that were the copy before the source changed, and that guests' disks may still read.
    package var formerFiles: [String] = []

    package var path: String? { file.map { "\(folder)/\($0)" } }

    /// ``state``, but for a process that has died over it.
    package var effectiveState: State {
        state == .staging && owner?.isAlive != true ? .queued : state
    }

    /// How far it is, as part of a sentence: `is 43 % staged`.
    package var stage: String {
        switch effectiveState {
        case .queued: "waits to be staged"
        case .ready: "is staged"
        case .failed: "could not be staged: \(error ?? "it is not known why")"
        case .staging:
            switch progress.phase {
            case .waiting where !progress.failures.isEmpty: "is to be tried again (\(progress.failures.last ?? ""))"
            case .waiting, .connecting: "is about to be staged"
            case .downloading:
                progress.percent.map { "is \($0) % staged" } ?? "has \(progress.received / 1_000_000) MB staged"
            case .verifying: "is being verified"
            case .converting: "is being converted"
            case .publishing: "is being put into its place"
            }
        }
    }
}
