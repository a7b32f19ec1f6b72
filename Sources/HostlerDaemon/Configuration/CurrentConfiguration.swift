internal import Operations
package import StateStore
internal import Synchronization

/// The configuration as it is now: read again on SIGHUP and when the API changes a key.
package final class CurrentConfiguration: Sendable {
    private static let prefix = "configuration/"
    private let file: String
    private let environment: [String: String]
    private let current: Mutex<DaemonConfiguration>
    private let store = Mutex<StateStore?>(nil)

    /// - Throws: as ``DaemonConfiguration/init(file:overrides:environment:)``.
    package init(file: String, environment: [String: String]) throws {
        self.file = file
        self.environment = environment
        current = Mutex(try DaemonConfiguration(file: file, environment: environment))
    }

    package var value: DaemonConfiguration { current.withLock { $0 } }

    /// Takes what `updateConfiguration` has set before.
    package func use(_ store: StateStore) throws {
        self.store.withLock { $0 = store }
        _ = try reload()
    }

    /// Reads everything again.
    ///
    /// - Returns: the keys that have changed and are only taken at the next start.
    /// - Throws: where something is wrong; all stays as it was.
    package func reload() throws -> [String] {
        let new = try DaemonConfiguration(file: file, overrides: try overrides(), environment: environment)
        let changes = value.changes(to: new)
        current.withLock { $0 = new }
        return changes.filter { ConfigurationKey.named($0)?.isDynamic == false }
    }

    /// Sets a key until it is set anew.
    ///
    /// - Throws: where there is no such key, it takes no such value, or an environment variable has it.
    package func set(_ name: String, _ value: String) throws {
        guard let key = ConfigurationKey.named(name) else {
            let nearest = ConfigurationKey.nearest(to: name)
            throw OperationError(.badInput, "there is no setting '\(name)'; did you mean \(nearest)?")
        }
        guard key.isDynamic else {
            throw OperationError(.badInput, "\(name) is only taken at a start; set it in \(file)")
        }
        if case .failure(let complaint) = key.normalized(value) {
            throw OperationError(.badInput, "\(name): \(complaint.text)")
        }
        if self.value.source(name) == .environment {
            throw OperationError(.badInput, "\(name) is set by the environment variable \(key.variable)")
        }
        guard let store = store.withLock({ $0 }) else { return }
        _ = try store.put(Self.prefix + name, Array(value.utf8))
        _ = try reload()
    }

    private func overrides() throws -> [String: String] {
        guard let store = store.withLock({ $0 }) else { return [:] }
        var values: [String: String] = [:]
        for entry in try store.range(prefix: Self.prefix).keyValues {
            let name = String(entry.key.dropFirst(Self.prefix.count))
            // A key that an older release knew.
            if ConfigurationKey.named(name) == nil { continue }
            values[name] = String(decoding: entry.value, as: UTF8.self)
        }
        return values
    }
}
