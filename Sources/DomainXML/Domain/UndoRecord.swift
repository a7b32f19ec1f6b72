/// What Hostler displaced in a domain, kept in its metadata element so that `unset` can put it back.
struct UndoRecord: Equatable {
    static let elementName = "undo"

    /// One `<os><boot dev>` that gave way to per-device orders.
    struct OSBoot: Equatable {
        let device: String
        /// Where it stood, if not where libvirt itself writes it.
        var placement: Placement?
    }

    struct Placement: Equatable {
        /// How many of the elements that stay precede it.
        let after: Int
        /// Bytes of comments and white space that stay between that element and it.
        let gap: Int
        /// The white space in front of it.
        let space: String
    }

    struct Order: Equatable {
        let was: Int?
        let now: Int
    }

    struct ControllerName: Equatable {
        let type: String
        let index: Int
    }

    /// A `<metadata>` without elements, which stays when we go.
    enum EmptyMetadata: String {
        /// Nothing at all, as in `<metadata/>`.
        case nothing
        /// White space or comments.
        case text
    }

    /// The displaced `<os><boot>` elements; `nil` where none had to go, empty where the domain had left it to libvirt.
    var osBoot: [OSBoot]?
    /// Changed `<boot order>` by ``BootDevice/key``.
    var orders: [String: Order] = [:]
    /// Controllers that libvirt adds on account of our devices.
    var controllers: [ControllerName] = []
    /// Disks whose image is one of ours.
    var disks: [Disk] = []
    /// What the domain's `<metadata>` held before us, where that was no element.
    var metadata: EmptyMetadata?

    var isEmpty: Bool { self == UndoRecord() }

    init() {}

    init(_ element: XMLElement) {
        for child in element.children {
            switch child.name {
            case "os":
                osBoot = child.children.map { boot in
                    OSBoot(device: boot.attribute("dev") ?? "", placement: Self.placement(boot))
                }
            case "boot":
                guard let device = child.attribute("device"), let now = Self.order(child, "now") else { continue }
                orders[device] = Order(was: Self.order(child, "was"), now: now)
            case "controller":
                guard let type = child.attribute("type"), let index = child.attribute("index").flatMap({ Int($0) })
                else { continue }
                controllers.append(ControllerName(type: type, index: index))
            case "disk":
                if let disk = Disk(child) { disks.append(disk) }
            case "metadata":
                metadata = child.attribute("held").flatMap { EmptyMetadata(rawValue: $0) } ?? .text
            default:
                continue
            }
        }
    }

    /// Whoever edits the record by hand cannot make us write what libvirt refuses.
    private static func order(_ element: XMLElement, _ name: String) -> Int? {
        element.attribute(name).flatMap { UInt32($0) }.flatMap { $0 > 0 ? Int($0) : nil }
    }

    static func placement(_ element: XMLElement) -> Placement? {
        guard let after = element.attribute("after").flatMap({ Int32($0) }).map(Int.init),
            let gap = element.attribute("gap").flatMap({ Int32($0) }).map(Int.init), after >= 0, gap >= 0
        else { return nil }
        // Only white space may come back from the record into the domain.
        let space = element.attribute("space").flatMap { Self.space($0) } ?? ""
        return Placement(after: after, gap: gap, space: space)
    }

    /// White space as letters, since attributes and libvirt's own formatting do not keep it: `n` a line feed, `r` a
    /// carriage return, `t` a tab, `s` a blank.
    private static let letters: [(Character, Character)] = [("\n", "n"), ("\r", "r"), ("\t", "t"), (" ", "s")]

    private static func space(_ text: String) -> String? {
        var result = String.UnicodeScalarView()
        for letter in text {
            guard let pair = letters.first(where: { $0.1 == letter }) else { return nil }
            result.append(contentsOf: pair.0.unicodeScalars)
        }
        return String(result)
    }

    private static func spell(_ space: String) -> String {
        String(space.unicodeScalars.compactMap { scalar in letters.first { $0.0 == Character(scalar) }?.1 })
    }

    /// How a place is written down.
    static func attributes(_ placement: Placement?) -> [(name: String, value: String)] {
        guard let placement else { return [] }
        return [
            ("after", String(placement.after)), ("gap", String(placement.gap)), ("space", spell(placement.space)),
        ]
    }

    /// The record as an element of our namespace.
    func fragment(prefix: String) -> XMLFragment {
        var children: [XMLFragment] = []
        if let osBoot {
            let boots = osBoot.map { boot in
                var fragment = XMLFragment("\(prefix)boot", ["dev": boot.device])
                fragment.attributes += Self.attributes(boot.placement)
                return fragment
            }
            children.append(XMLFragment("\(prefix)os", children: boots))
        }
        for (device, order) in orders.sorted(by: { ($0.value.now, $0.key) < ($1.value.now, $1.key) }) {
            children.append(
                XMLFragment(
                    "\(prefix)boot",
                    ["device": device, "was": order.was.map { String($0) }, "now": String(order.now)]
                )
            )
        }
        for controller in controllers {
            children.append(
                XMLFragment("\(prefix)controller", ["type": controller.type, "index": String(controller.index)])
            )
        }
        children += disks.map { $0.fragment(prefix: prefix) }
        if let metadata { children.append(XMLFragment("\(prefix)metadata", ["held": metadata.rawValue])) }
        return XMLFragment("\(prefix)\(Self.elementName)", children: children)
    }
}
