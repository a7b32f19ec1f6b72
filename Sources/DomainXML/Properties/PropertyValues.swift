/// Where a property's value comes from, the strongest first.
public enum PropertySource: Int, Sendable, Comparable {
    /// `--set` and `--once`.
    case commandLine
    /// The environment, as VDSM hands custom properties to its hooks.
    case environment
    /// Hostler's own metadata element.
    case metadata
    /// oVirt's `<ovirt-vm:custom>`.
    case ovirt
    /// KubeVirt's annotations.
    case annotation

    public static func < (left: PropertySource, right: PropertySource) -> Bool { left.rawValue < right.rawValue }

    /// Whether the value is copied into our metadata element, so that the document tells all: what stands in the
    /// document already is read where it is, and stays its owner's to change.
    var isRecorded: Bool { self != .metadata && self != .ovirt }
}

/// A property as it is in force.
public struct PropertyValue: Sendable, Equatable {
    public let name: String
    public let value: String
    public let source: PropertySource

    public init(name: String, value: String, source: PropertySource) {
        self.name = name
        self.value = value
        self.source = source
    }
}

/// The properties in force for one document.
struct PropertyValues {
    private var byName: [String: PropertyValue] = [:]

    /// Merges what the caller gives with what the document says.
    ///
    /// - Throws: `invalidProperty` for an unknown name in our own element, for a value that is not allowed, and for an
    ///   option without its main property.
    init(_ request: TransformRequest, _ metadata: Metadata) throws(DomainXMLError) {
        let masked = try Self.masked(request.unset)
        var given = request.properties
        for element in metadata.ownProperties {
            guard Property.named(element.name) != nil else {
                throw Property.unknown(element.name, in: " in the metadata element (\(element.place))")
            }
            given.append(PropertyValue(name: element.name, value: element.text.trimmed, source: .metadata))
        }
        for element in metadata.ovirtProperties where Property.named(element.name) != nil {
            given.append(PropertyValue(name: element.name, value: element.text.trimmed, source: .ovirt))
        }
        for value in given {
            guard let property = Property.named(value.name) else { throw Property.unknown(value.name, in: "") }
            if value.source != .commandLine && masked.contains(value.name) { continue }
            if let known = byName[value.name], known.source < value.source { continue }
            if let known = byName[value.name], known.source == value.source, !String.isSame(known.value, value.value) {
                throw DomainXMLError(.invalidProperty, "property \(value.name) is given twice, with different values")
            }
            byName[property.name] = value
        }
        try validate(request.allowedURLs)
    }

    /// The names to leave out: those of `unset`, and the options that hang on them.
    static func masked(_ unset: [String]) throws(DomainXMLError) -> Set<String> {
        var masked: Set<String> = []
        for name in unset {
            guard Property.named(name) != nil else { throw Property.unknown(name, in: "") }
            masked.insert(name)
            masked.formUnion(Property.all.filter { $0.mainProperty == name }.map(\.name))
        }
        return masked
    }

    private func validate(_ allowedURLs: AllowedURLs) throws(DomainXMLError) {
        for property in Property.all {
            guard let value = byName[property.name]?.value else { continue }
            if let complaint = property.complaint(value) {
                throw DomainXMLError(.invalidProperty, "\(property.name): \(complaint)")
            }
            if let main = property.mainProperty, byName[main] == nil {
                throw DomainXMLError(
                    .invalidProperty,
                    "\(property.name) is set but \(main), which it belongs to, is not"
                )
            }
        }
    }

    subscript(name: String) -> String? { byName[name]?.value }

    var isEmpty: Bool { byName.isEmpty }

    var sorted: [PropertyValue] { Property.all.compactMap { byName[$0.name] } }
}

extension String {
    /// Equality to the byte. Swift's own holds texts for equal that differ in composition only, which servers and libvirt
    /// tell apart.
    static func isSame(_ left: String?, _ right: String?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.utf8.elementsEqual(right.utf8)
    }

    /// Without XML's white space at both ends: pretty-printers put it around text.
    var trimmed: String {
        guard let first = utf8.firstIndex(where: { !$0.isXMLSpace }),
            let last = utf8.lastIndex(where: { !$0.isXMLSpace })
        else { return "" }
        return String(self[first...last])
    }
}
