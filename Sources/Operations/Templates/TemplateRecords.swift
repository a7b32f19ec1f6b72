internal import Provisioning
package import StateStore

/// The templates of a state store, their copies, and the guests' disks on them.
package struct TemplateRecords: Sendable {
    package static let prefix = "template/"
    package static let copyPrefix = "templatecopy/"
    private static let usePrefix = "templateuse/"

    package let store: StateStore

    package init(store: StateStore) { self.store = store }

    // MARK: Templates

    package func all() throws -> [TemplateRecord] {
        try records(Self.prefix).sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    package func template(_ id: String) throws -> TemplateRecord? {
        try store.get(Self.prefix + id).map { try Stored.decode($0.value, $0.key) }
    }

    /// By name or id.
    ///
    /// - Throws: where there is none.
    package func find(_ key: String) throws -> TemplateRecord {
        let all = try all()
        if let found = all.first(where: { $0.id == key }) ?? all.first(where: { $0.name == key }) { return found }
        let matches = all.filter { $0.id.hasPrefix(key) && key.count >= 4 }
        if let only = matches.first, matches.count == 1 { return only }
        throw OperationError(
            .badInput,
            "there is no template '\(key)'; 'hostler template list' lists those there are"
        )
    }

    /// Makes it one that goes with its last use.
    package func forget(_ id: String) throws {
        try store.update(Self.prefix + id) { old in
            guard let old else { return nil }
            var known: TemplateRecord = try Stored.decode(old.value, old.key)
            known.isRegistered = false
            return try Stored.encode(known)
        }
    }

    package func remove(_ id: String) throws {
        try store.delete(Self.prefix + id)
        try store.delete(prefix: "\(Self.copyPrefix)\(id)/")
    }

    // MARK: Copies

    package static func copyKey(_ template: String, _ folder: String) -> String {
        "\(copyPrefix)\(template)/\(hash(folder))"
    }

    package func copy(_ template: String, _ folder: String) throws -> TemplateCopy? {
        let key = Self.copyKey(template, folder)
        return try store.get(key).map { try decode($0.value, key) }
    }

    /// - Parameter folder: only those in it: the files in others are not looked at.
    package func copies(of template: String? = nil, in folder: String? = nil) throws -> [TemplateCopy] {
        var copies = try written(of: template).filter { folder == nil || $0.folder == folder }
        for index in copies.indices { copies[index].settle() }
        return copies.sorted { $0.folder < $1.folder }
    }

    /// Where there are copies, or are to be; no file is looked at.
    package func folders() throws -> Set<String> {
        Set(try written().map(\.folder) + uses().map(\.folder))
    }

    /// As they are written; no file is looked at.
    package func written(of template: String? = nil) throws -> [TemplateCopy] {
        try records(Self.copyPrefix + (template.map { $0 + "/" } ?? ""))
    }

    private func decode(_ value: [UInt8], _ key: String) throws -> TemplateCopy {
        var copy: TemplateCopy = try Stored.decode(value, key)
        copy.settle()
        return copy
    }

    /// Changes what is known of a copy; where nothing is known yet, of a new one.
    @discardableResult
    package func change(
        _ template: String,
        _ folder: String,
        _ body: (inout TemplateCopy) throws -> Void
    ) throws -> TemplateCopy {
        let key = Self.copyKey(template, folder)
        var result = TemplateCopy(template: template, folder: folder)
        try store.update(key) { old in
            var copy =
                try old.map { try decode($0.value, key) } ?? TemplateCopy(template: template, folder: folder)
            try body(&copy)
            copy.changed = Timestamp.now()
            result = copy
            return try Stored.encode(copy)
        }
        return result
    }

    /// Has a copy that could not be had tried again.
    package func ask(_ template: String, _ folder: String) throws {
        try change(template, folder) { copy in
            if copy.state != .failed { return }
            copy.state = .queued
            copy.nextAttempt = nil
        }
    }

    /// As ``change(_:_:_:)``, but nothing where nothing is known.
    package func changeIfPresent(
        _ template: String,
        _ folder: String,
        _ body: (inout TemplateCopy) throws -> Void
    ) throws {
        let key = Self.copyKey(template, folder)
        try store.update(key) { old in
            guard let old else { return nil }
            var copy = try decode(old.value, key)
            try body(&copy)
            copy.changed = Timestamp.now()
            return try Stored.encode(copy)
        }
    }

    package func removeCopy(_ template: String, _ folder: String) throws {
        try store.delete(Self.copyKey(template, folder))
    }

    // MARK: Uses

    package func uses(of template: String? = nil, folder: String? = nil) throws -> [TemplateUse] {
        let all: [TemplateUse] = try records(Self.usePrefix)
        return all.filter { (template == nil || $0.template == template) && (folder == nil || $0.folder == folder) }
    }

    package func uses(ofGuest guest: String) throws -> [TemplateUse] { try records("\(Self.usePrefix)\(guest)/") }

    package func use(_ guest: String, _ path: String) throws -> TemplateUse? {
        let key = Self.useKey(guest, path)
        return try store.get(key).map { try Stored.decode($0.value, key) }
    }

    package func put(_ use: TemplateUse) throws {
        try store.put(Self.useKey(use.guest, use.path), try Stored.encode(use))
    }

    package func remove(_ use: TemplateUse) throws { try store.delete(Self.useKey(use.guest, use.path)) }

    private static func useKey(_ guest: String, _ path: String) -> String { "\(usePrefix)\(guest)/\(hash(path))" }

    /// Paths are longer than keys may be.
    private static func hash(_ text: String) -> String {
        String(hexadecimal(DigestAlgorithm.sha256.digest(Array(text.utf8))).prefix(24))
    }

    private func records<Record: Decodable>(_ prefix: String) throws -> [Record] {
        try store.range(prefix: prefix).keyValues.map { try Stored.decode($0.value, $0.key) }
    }
}
