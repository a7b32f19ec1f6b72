/// What is checked of every request before the store sees it, so that the same request suits an etcd.
enum Request {
    /// What an etcd has to allow with `--max-request-bytes`, whose default is 1.5 MiB: what is kept of one guest, with user
    /// data and vendor data of 1 MiB each in base64, is one value.
    static let maximumBytes = 8 << 20
    /// etcd's `--max-txn-ops` unless configured.
    static let maximumOperations = 128
    static let maximumKeyBytes = 1024

    static func check(key: String) throws(StateError) {
        if key.isEmpty { throw StateError(.badInput, "the key is empty; name one such as '/guests/web'") }
        try check(text: key, "key")
    }

    static func check(_ range: KeyRange) throws(StateError) {
        switch range {
        case .key(let key): try check(key: key)
        case .prefix(let prefix): try check(text: prefix, "prefix")
        case .span(let from, let to):
            try check(text: from, "first key")
            try check(text: to, "end of the keys")
        }
    }

    /// - Parameters:
    ///   - from, to: bounds within the keys with this prefix.
    static func check(prefix: String, from: String?, to: String?) throws(StateError) {
        try check(.prefix(prefix))
        if let from { try check(text: from, "first key") }
        if let to { try check(text: to, "end of the keys") }
    }

    static func check(limit: Int?) throws(StateError) {
        if let limit, limit < 1 { throw StateError(.badInput, "the limit \(limit) is not a number of keys from 1 on") }
    }

    static func check(ttl: Int64) throws(StateError) {
        if !(1...Session.maximumTTL).contains(ttl) {
            throw StateError(
                .badInput,
                "the time to live \(ttl) is not a number of seconds from 1 to \(Session.maximumTTL)"
            )
        }
    }

    static func check(compares: [Compare], _ branches: [[RequestOp]]) throws(StateError) {
        var bytes = 0
        for compare in compares {
            try check(key: compare.key)
            bytes += compare.key.utf8.count
            if case .value(let value) = compare.target { bytes += value.count }
        }
        for operations in branches {
            if max(operations.count, compares.count) > maximumOperations {
                let count = max(operations.count, compares.count)
                throw StateError(
                    .badInput,
                    "the transaction has \(count) steps, of which \(maximumOperations) are allowed"
                )
            }
            for operation in operations {
                switch operation {
                case .put(let key, let value, lease: _):
                    try check(key: key)
                    bytes += key.utf8.count + value.count
                case .delete(let range): try check(range)
                case .get(let range, limit: let limit):
                    try check(range)
                    try check(limit: limit)
                }
            }
            try checkChangesOnce(operations)
        }
        if bytes > maximumBytes {
            throw StateError(.badInput, "the request has \(bytes) bytes, of which \(maximumBytes) are allowed")
        }
    }

    /// A key has one state per revision, so a transaction may change it only once; etcd refuses the same.
    private static func checkChangesOnce(_ operations: [RequestOp]) throws(StateError) {
        var puts: Set<[UInt8]> = []
        for case .put(let key, _, lease: _) in operations where !puts.insert(Array(key.utf8)).inserted {
            throw StateError(.badInput, "the transaction puts '\(StateError.shown(key))' twice; put it once")
        }
        for case .delete(let range) in operations {
            for case .put(let key, _, lease: _) in operations where range.contains(key) {
                throw StateError(
                    .badInput,
                    "the transaction puts and deletes '\(StateError.shown(key))'; do one of them"
                )
            }
        }
    }

    private static func check(text: String, _ what: String) throws(StateError) {
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            throw StateError(
                .badInput,
                "the \(what) '\(StateError.shown(text))' has control characters; leave them out"
            )
        }
        if text.utf8.count > maximumKeyBytes {
            let size = "\(text.utf8.count) bytes, of which \(maximumKeyBytes) are allowed"
            throw StateError(.badInput, "the \(what) '\(StateError.shown(text))' has \(size)")
        }
    }
}

extension KeyRange {
    /// Bytes are compared, not characters: to Swift, two spellings of 'é' are one.
    func contains(_ key: String) -> Bool {
        switch self {
        case .key(let own): own.utf8.elementsEqual(key.utf8)
        case .prefix(let prefix): key.utf8.starts(with: prefix.utf8)
        case .span(let from, let to):
            !key.utf8.lexicographicallyPrecedes(from.utf8) && key.utf8.lexicographicallyPrecedes(to.utf8)
        }
    }

    /// The first bytes behind all keys with this prefix; `nil` where nothing is behind them. As etcd's clients do it.
    static func end(ofPrefix prefix: [UInt8]) -> [UInt8]? {
        var end = prefix
        while let last = end.popLast() {
            if last < 0xFF { return end + [last + 1] }
        }
        return nil
    }
}
