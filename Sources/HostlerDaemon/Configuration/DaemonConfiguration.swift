internal import Configuration
internal import Operations
internal import Yams

/// What the daemon is told: by environment variables, before what `updateConfiguration` has set, before the file, before
/// what is so by default.
package struct DaemonConfiguration: Sendable, Equatable {
    package static let path = "/etc/hostler/hostler.yaml"

    /// Where a value comes from.
    package enum Source: String, Sendable {
        case environment, api, file, usual = "default"
    }

    private let values: [String: String]
    private let sources: [String: Source]

    /// - Parameters:
    ///   - file: of YAML; one that is not there is as an empty one.
    ///   - overrides: what `updateConfiguration` has set, by key.
    /// - Throws: ``OperationError`` with one sentence, for a file that cannot be read or that others may write, a key that is
    ///   not known, and a value that is not allowed.
    package init(
        file: String = DaemonConfiguration.path,
        overrides: [String: String] = [:],
        environment: [String: String]
    ) throws {
        let text: String?
        do throws(SystemError) { text = try Files.text(file) } catch {
            throw OperationError(.badInput, error.message)
        }
        if text != nil, Files.isWritableByOthers(file) {
            throw OperationError(.badInput, "\(file) can be written by others than its owner: chmod go-w \(file)")
        }
        try self.init(fileValues: try text.map { try Self.parse($0, file) } ?? [:], file, overrides, environment)
    }

    private init(
        fileValues: [String: String],
        _ file: String,
        _ overrides: [String: String],
        _ environment: [String: String]
    ) throws {
        for name in fileValues.keys.sorted() where ConfigurationKey.named(name) == nil {
            throw OperationError(
                .badInput,
                "\(file): there is no key '\(name)'; did you mean \(ConfigurationKey.nearest(to: name))?"
            )
        }
        let variables = Set(ConfigurationKey.all.map(\.variable))
        for name in environment.keys.sorted() where name.hasPrefix("HOSTLER_") && !variables.contains(name) {
            let nearest = ConfigurationKey.nearest(to: name.dropFirst(8).lowercased().replacing("_", with: "."))
            let variable = ConfigurationKey.named(nearest)?.variable ?? ""
            throw OperationError(.badInput, "there is no setting \(name); did you mean \(variable)?")
        }
        let own = environment.filter { $0.key.hasPrefix("HOSTLER_") }
        let layers: [(source: Source, provider: any ConfigProvider)] = [
            (.environment, EnvironmentVariablesProvider(environmentVariables: own).prefixKeys(with: "hostler")),
            (.api, Self.provider("api", overrides)),
            (.file, Self.provider("file", fileValues)),
        ]
        var values: [String: String] = [:]
        var sources: [String: Source] = [:]
        for key in ConfigurationKey.all {
            let (given, source) = Self.look(key, layers)
            switch key.normalized(given) {
            case .success(let value): (values[key.name], sources[key.name]) = (value, source)
            case .failure(let complaint):
                throw OperationError(.badInput, "\(Self.place(key, source, file)): \(complaint.text)")
            }
        }
        self.values = values
        self.sources = sources
    }

    private static func look(
        _ key: ConfigurationKey,
        _ layers: [(source: Source, provider: any ConfigProvider)]
    ) -> (String, Source) {
        for (source, provider) in layers {
            let reader = ConfigReader(provider: provider)
            if let value = reader.string(forKey: ConfigKey(key.name)) { return (value, source) }
        }
        return (key.value, .usual)
    }

    private static func place(_ key: ConfigurationKey, _ source: Source, _ file: String) -> String {
        switch source {
        case .environment: key.variable
        case .api: "\(key.name), as updateConfiguration has set it"
        case .file, .usual: "\(file): \(key.name)"
        }
    }

    private static func provider(_ name: String, _ values: [String: String]) -> InMemoryProvider {
        InMemoryProvider(
            name: name,
            values: Dictionary(
                uniqueKeysWithValues: values.map { key, value in
                    (AbsoluteConfigKey(ConfigKey(key)), ConfigValue(.string(value), isSecret: false))
                }
            )
        )
    }

    /// The file's values by their whole keys: `trust: {system: true}` is `trust.system`.
    private static func parse(_ text: String, _ file: String) throws -> [String: String] {
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch {
            let where_ = (error as? YamlError).flatMap { Self.line($0) } ?? ""
            throw OperationError(.badInput, "\(file) is not YAML\(where_)")
        }
        guard let node, node != Node("", Tag(.null)) else { return [:] }
        var values: [String: String] = [:]
        try flatten(node, "", file, &values)
        return values
    }

    private static func line(_ error: YamlError) -> String? {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            " (line \(mark.line): \(problem))"
        case .duplicatedKeysInMapping(let keys, _):
            " (\(keys.map { "\($0)" }.sorted().joined(separator: ", ")) is there twice)"
        default: nil
        }
    }

    private static func flatten(_ node: Node, _ name: String, _ file: String, _ values: inout [String: String]) throws {
        switch node {
        case .mapping(let mapping):
            for (key, value) in mapping {
                guard let word = key.scalar?.string else {
                    throw OperationError(.badInput, "\(file): a key is no word")
                }
                try flatten(value, name.isEmpty ? word : "\(name).\(word)", file, &values)
            }
        case .scalar(let scalar) where name.isEmpty:
            if !scalar.string.isEmpty { throw OperationError(.badInput, "\(file) has no keys") }
        case .scalar(let scalar):
            // A key without a value is as if it were not there.
            let isNull = scalar.style == .any || scalar.style == .plain
            if isNull && ["", "~", "null"].contains(scalar.string) { return }
            values[name] = scalar.string
        case .sequence, .alias: throw OperationError(.badInput, "\(file): \(name) is a list, where one value is wanted")
        }
    }

    // MARK: Values

    package func text(_ name: String) -> String { values[name] ?? "" }
    package func isOn(_ name: String) -> Bool { values[name] == "true" }
    package func number(_ name: String) -> Int { values[name].flatMap { Int($0) } ?? 0 }
    /// Of a duration.
    package func seconds(_ name: String) -> Int { number(name) }
    package func duration(_ name: String) -> Duration { .seconds(number(name)) }
    package func source(_ name: String) -> Source { sources[name] ?? .usual }

    /// A value as it is written in the file.
    package func written(_ key: ConfigurationKey) -> String {
        if case .duration = key.kind { return ConfigurationKey.time(number(key.name)) }
        return text(key.name)
    }

    /// The keys that differ in `other`.
    package func changes(to other: DaemonConfiguration) -> [String] {
        ConfigurationKey.all.map(\.name).filter { values[$0] != other.values[$0] }
    }
}
