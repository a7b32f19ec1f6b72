/// One thing that Hostler does to a domain. A transform says what it wants; ``Plan`` finds the place for it, so that
/// transforms need not know of each other.
protocol Transform: SendableMetatype {
    /// The properties that drive it.
    static var properties: [Property] { get }

    /// The roles of the devices that it attaches, which their aliases are made of.
    static var roles: [String] { get }

    /// Adds what `values` ask for to `plan`. It is called for every document that any property is in force for.
    ///
    /// - Throws: ``DomainXMLError`` where values do not go together; single values are already checked.
    static func plan(_ values: PropertyValues, _ plan: inout Plan) throws(DomainXMLError)
}

extension Transform {
    static var roles: [String] { [] }
}

/// The transforms, in the order in which their devices are placed.
enum Transforms {
    static let all: [any Transform.Type] = [
        HTTPSISOBoot.self, ConfigDrive.self, Template.self, BootOrder.self,
    ]
}
