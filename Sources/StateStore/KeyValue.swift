/// A key with its value and their history in numbers, as etcd v3 gives them (`mvccpb.KeyValue`).
public struct KeyValue: Equatable, Sendable {
    public let key: String
    public let value: [UInt8]
    /// The store's revision when the key was created, after its last deletion if there was one.
    public let createRevision: Int64
    /// The store's revision at the last put.
    public let modRevision: Int64
    /// How often the key was put since its creation: 1 for a new key.
    public let version: Int64
    /// What the key vanishes with.
    public let lease: LeaseID?

    public init(
        key: String,
        value: [UInt8],
        createRevision: Int64,
        modRevision: Int64,
        version: Int64,
        lease: LeaseID? = nil
    ) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
        self.version = version
        self.lease = lease
    }
}

/// The keys that a request is about.
public enum KeyRange: Equatable, Sendable {
    case key(String)
    /// All keys whose UTF-8 bytes begin like this; every key for the empty prefix.
    case prefix(String)
    /// All keys from the one on and before the other, by their bytes (etcd's `key` and `range_end`).
    case span(from: String, to: String)
}

/// How keys are ordered: by their UTF-8 bytes (etcd's `SortOrder`).
public enum KeyOrder: Equatable, Sendable {
    case ascending, descending
}

/// The answer to a range request.
public struct RangeResponse: Equatable, Sendable {
    /// In the order that was asked for.
    public let keyValues: [KeyValue]
    /// Whether the limit left keys out.
    public let more: Bool
    /// The store's revision that this is the state of; a watch from the next one misses nothing.
    public let revision: Int64
}

/// The answer to a delete request.
public struct DeleteResponse: Equatable, Sendable {
    /// How many keys were deleted.
    public let deleted: Int
    /// The store's revision: a new one where a key was deleted.
    public let revision: Int64
}
