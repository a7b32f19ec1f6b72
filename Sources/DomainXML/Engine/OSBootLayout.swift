/// Where `<boot dev>` stands in `<os>`, so that what was taken out can come back to the same byte.
struct OSBootLayout {
    let root: XMLElement
    let editor: XMLEditor

    /// What libvirt writes in front of `<boot>` when it formats a domain (virDomainDefFormatInternal).
    private static let predecessors: Set<String> = [
        "type", "firmware", "init", "initarg", "initenv", "initdir", "inituser", "initgroup", "loader", "nvram",
        "varstore", "kernel", "initrd", "cmdline", "shim", "dtb", "acpi",
    ]

    /// The `<os>` that has them, or could.
    private var element: XMLElement? {
        let all = root.children("os")
        return all.first { $0.child("boot") != nil } ?? all.first
    }

    private func places(_ element: XMLElement) -> ElementPlaces {
        ElementPlaces(
            parent: element,
            editor: editor,
            isDisplaced: { $0.isNamed("boot") },
            predecessors: { _ in Self.predecessors }
        )
    }

    /// The `<boot dev>` elements, with the place of those that do not stand where libvirt would put them.
    func displaced() -> [UndoRecord.OSBoot] {
        root.children("os").flatMap { places($0).displaced() }.map { boot in
            .init(device: boot.element.attribute("dev") ?? "", placement: boot.placement)
        }
    }

    /// Puts them back.
    func restore(_ boots: [UndoRecord.OSBoot], into editor: inout XMLEditor) {
        guard let element else { return }
        if element.isSelfClosing {
            editor.append(boots.map { XMLFragment("boot", ["dev": $0.device]) }, to: element)
            return
        }
        let quote = element.children.first { _ in true }.flatMap(\.quote)
        let places = places(element)
        for boot in boots {
            let place = places.place(boot.placement, name: "boot")
            let text = editor.render(XMLFragment("boot", ["dev": boot.device]), nil, quote: quote)
            editor.insert(place.space + text, at: place.offset)
        }
    }
}
