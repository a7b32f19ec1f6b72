package import Operations

/// What a pool has of a template.
package struct TemplatePoolInfo: Equatable, Sendable {
    /// How far it is, in CloudStack's words (`VMTemplateStorageResourceAssoc.Status`).
    package enum State: String, Sendable {
        /// Registered, and not asked for yet.
        case bypassed = "BYPASSED"
        case queued = "NOT_DOWNLOADED"
        case downloading = "DOWNLOAD_IN_PROGRESS"
        case downloaded = "DOWNLOADED"
        case failed = "DOWNLOAD_ERROR"
        /// Given up before its end.
        case abandoned = "ABANDONED"
    }

    /// The name of a libvirt pool, or the path of a folder.
    package var pool: String
    /// The UUID of a libvirt pool.
    package var poolID: String?
    package var state: State
    /// 0 to 100, where it is known.
    package var percent: Int?
    /// Why it failed, without secrets.
    package var error: String?
    /// Where it is in the pool.
    package var installPath: String?
    package var hostName: String?

    package init(
        pool: String,
        poolID: String? = nil,
        state: State,
        percent: Int? = nil,
        error: String? = nil,
        installPath: String? = nil,
        hostName: String? = nil
    ) {
        self.pool = pool
        self.poolID = poolID
        self.state = state
        self.percent = percent
        self.error = error
        self.installPath = installPath
        self.hostName = hostName
    }
}

/// A template or an ISO that guests can be given.
package struct TemplateInfo: Equatable, Sendable {
    package enum Kind: String, Sendable {
        case template, iso
    }

    /// A UUID, in lower case.
    package var id: String
    package var name: String
    package var displayText: String
    package var kind: Kind
    /// May have secrets in it, which answers do not show.
    package var url: String
    /// As it was given, `{SHA-256}…` for one.
    package var checksum: String?
    /// CloudStack's word: `QCOW2`, `RAW`, `ISO`, `VMDK`, …
    package var format: String
    /// What a guest sees, in bytes; `nil` as long as it is not known.
    package var size: Int?
    /// What it takes in a pool, in bytes.
    package var physicalSize: Int?
    /// Milliseconds since 1970 UTC.
    package var created: Int
    package var pools: [TemplatePoolInfo]
    /// Whether a guest can be given it now; one that is staged at a guest's start is.
    package var isReady: Bool
    /// CloudStack's words: `Bypassed Secondary Storage`, `43% Downloaded`, `Installing Template` or `Installing ISO`
    /// (from the last byte to its place in the pool), `Download Complete` (a template) or `Successfully Installed` (an
    /// ISO), `Processing`; else the sentence that says why it failed.
    package var status: String
    package var traits: TemplateTraits
    /// The names of the HTTP headers that are sent for it; their values are secrets.
    package var headerNames: [String]

    package init(
        id: String,
        name: String,
        displayText: String? = nil,
        kind: Kind,
        url: String,
        checksum: String? = nil,
        format: String,
        size: Int? = nil,
        physicalSize: Int? = nil,
        created: Int,
        pools: [TemplatePoolInfo] = [],
        isReady: Bool,
        status: String,
        traits: TemplateTraits = TemplateTraits(),
        headerNames: [String] = []
    ) {
        self.id = id
        self.name = name
        self.displayText = displayText ?? name
        self.kind = kind
        self.url = url
        self.checksum = checksum
        self.format = format
        self.size = size
        self.physicalSize = physicalSize
        self.created = created
        self.pools = pools
        self.isReady = isReady
        self.status = status
        self.traits = traits
        self.headerNames = headerNames
    }
}
