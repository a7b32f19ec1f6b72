/// A condition of a transaction on one key (etcd's `Compare`).
///
/// Of a key that is not there, version and revisions are 0, and every condition on its value is false, as in etcd.
public struct Compare: Equatable, Sendable {
    /// How what the store has (left) compares with what is given (right).
    public enum Result: Equatable, Sendable {
        case equal, notEqual, less, greater
    }

    enum Target: Equatable, Sendable {
        case value([UInt8])
        case version(Int64)
        case createRevision(Int64)
        case modRevision(Int64)
    }

    let key: String
    let result: Result
    let target: Target

    /// Compares the value, byte by byte.
    public static func value(_ key: String, _ result: Result, _ value: [UInt8]) -> Compare {
        Compare(key: key, result: result, target: .value(value))
    }

    /// Compares how often the key was put since its creation.
    public static func version(_ key: String, _ result: Result, _ version: Int64) -> Compare {
        Compare(key: key, result: result, target: .version(version))
    }

    /// Compares the revision of the key's creation.
    public static func createRevision(_ key: String, _ result: Result, _ revision: Int64) -> Compare {
        Compare(key: key, result: result, target: .createRevision(revision))
    }

    /// Compares the revision of the key's last put; 0 says that there is no such key.
    public static func modRevision(_ key: String, _ result: Result, _ revision: Int64) -> Compare {
        Compare(key: key, result: result, target: .modRevision(revision))
    }

    func holds(for found: KeyValue?) -> Bool {
        switch target {
        case .value(let value):
            guard let found else { return false }
            switch result {
            case .equal: return found.value == value
            case .notEqual: return found.value != value
            case .less: return found.value.lexicographicallyPrecedes(value)
            case .greater: return value.lexicographicallyPrecedes(found.value)
            }
        case .version(let number): return holds(found?.version ?? 0, number)
        case .createRevision(let number): return holds(found?.createRevision ?? 0, number)
        case .modRevision(let number): return holds(found?.modRevision ?? 0, number)
        }
    }

    private func holds(_ left: Int64, _ right: Int64) -> Bool {
        switch result {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .greater: left > right
        }
    }
}

/// A step of a transaction (etcd's `RequestOp`).
public enum RequestOp: Equatable, Sendable {
    case put(String, [UInt8], lease: LeaseID? = nil)
    case delete(KeyRange)
    /// Sees what the steps before it did.
    case get(KeyRange, limit: Int? = nil)
}

/// The answer to a step of a transaction (etcd's `ResponseOp`).
public enum ResponseOp: Equatable, Sendable {
    case put
    case delete(deleted: Int)
    case get([KeyValue], more: Bool)
}

/// The answer to a transaction (etcd's `TxnResponse`).
public struct TransactionResponse: Equatable, Sendable {
    /// Whether every condition held, so that the steps for success were taken.
    public let succeeded: Bool
    /// One per step, in their order.
    public let responses: [ResponseOp]
    /// The store's revision: a new one where a step changed something, the same for all of them.
    public let revision: Int64
}
