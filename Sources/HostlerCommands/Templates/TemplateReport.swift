internal import Operations
internal import Provisioning

/// A template as `list` and `show` write it.
struct TemplateReport: Encodable {
    struct Copy: Encodable {
        let folder: String
        let pool: String?
        let state: String
        let percent: Int?
        let received: Int64?
        let source: String?
        let path: String?
        let format: String?
        let virtualSize: Int64?
        let fileSize: Int64?
        let digest: String?
        let error: String?
        let failures: [String]?
        let verified: String?
        let nextAttempt: String?
    }

    struct Disk: Encodable {
        let guest: String
        let uuid: String
        let path: String
        let kind: String
        let isMade: Bool
    }

    /// A copy, and what was seen of its file.
    struct Seen: Sendable {
        let copy: TemplateCopy
        /// `nil` where the file system does not answer.
        let isThere: Bool?
    }

    let id: String
    let name: String
    let kind: String
    /// Without what may be a secret in it.
    let url: String
    let checksum: String?
    let headers: [String]
    let created: String
    let copies: [Copy]
    let disks: [Disk]

    init(_ template: TemplateRecord, _ copies: [Seen], _ uses: [TemplateUse]) {
        id = template.id
        name = template.name
        kind = template.kind.rawValue
        url = SourceFetcher.shown(template.url)
        checksum = template.checksum.map { "\($0.algorithm.rawValue):\($0.hex)" }
        headers = template.headers.map(\.name)
        created = Timestamp.text(template.created)
        self.copies = copies.map { Copy($0, of: template.name) }
        disks = uses.map {
            Disk(guest: $0.guestName, uuid: $0.guest, path: $0.path, kind: $0.kind.rawValue, isMade: $0.file != nil)
        }
    }
}

extension TemplateReport.Copy {
    init(_ seen: TemplateReport.Seen, of template: String) {
        let copy = seen.copy
        let state = copy.effectiveState
        let isOnItsWay = state != .ready
        let isGone = state == .ready && seen.isThere == false
        let isSilent = seen.isThere == nil
        folder = copy.folder
        pool = copy.pool
        self.state = isSilent ? "unknown" : isGone ? "gone" : state.rawValue
        percent = isGone ? nil : state == .ready ? 100 : copy.progress.percent
        received = isOnItsWay ? copy.progress.received : nil
        source = isOnItsWay ? copy.progress.source : nil
        path = copy.path
        format = copy.format?.rawValue
        virtualSize = copy.virtualSize
        fileSize = copy.fileSize
        digest = copy.imageDigest.map { "\($0.algorithm.rawValue):\($0.hex)" }
        error =
            isSilent
            ? "the file system of \(copy.folder) does not answer: look at its server, and at the mount"
            : isGone
                ? "the file is not there any more as it was staged; 'hostler template stage \(template)' brings it again"
                : state == .failed || state == .ready ? copy.error : nil
        failures = copy.progress.failures.isEmpty ? nil : copy.progress.failures
        verified = copy.verified.map { Timestamp.text($0) }
        nextAttempt = isOnItsWay ? copy.nextAttempt.map { Timestamp.text($0) } : nil
    }
}
