extension UndoRecord {
    /// A disk whose image is one of ours.
    struct Disk: Equatable {
        /// `<target dev>`, by which it is found again: libvirt makes it unique.
        let target: String
        /// The file that we have put there. Where the disk has another now, that is somebody's wish.
        var path: String
        /// What the disk had before; `nil` for a disk that we have added.
        let before: Displaced?
    }

    /// What an image of ours has taken the place of.
    struct Displaced: Equatable {
        /// `<disk type>`; `nil` where it did not say.
        let type: String?
        /// `<driver>`; `nil` where there was none.
        let driver: Driver?
        /// `<source>`, `<backingStore>` and so on, in their order.
        let elements: [Element]
    }

    struct Driver: Equatable {
        let name: String?
        let type: String?
    }

    /// An element as it stood in the document.
    ///
    /// Its text is kept as text: libvirt would move line breaks and namespaces of an element about, but hands on the text
    /// of one that has nothing else to the byte.
    struct Element: Equatable {
        /// What is taken from a disk and put back.
        static let names: Set<String> = ["source", "encryption", "auth", "backingStore", "mirror"]

        let name: String
        let text: String
        /// Where it stood; `nil` for where libvirt writes it, and for a `<source>`, which leaves its place to ours.
        let placement: Placement?

        init(_ element: XMLElement, placement: Placement?) {
            name = element.name
            text = String(decoding: element.document.bytes[element.start..<element.end], as: UTF8.self)
            self.placement = placement
        }

        /// - Returns: `nil` where `text` is not one element that a disk may have had: whoever edits the record by hand
        ///   cannot make us write anything else.
        init?(text: String, placement: Placement?) {
            let wrapped = "<disk>\(text)</disk>"
            guard let document = try? XMLDocument(Array(wrapped.utf8)) else { return nil }
            let children = Array(document.root.children)
            guard children.count == 1, let element = children.first, element.start == 6,
                element.end == document.root.closeStart, element.node.namespace == 0, Self.names.contains(element.name)
            else { return nil }
            name = element.name
            self.text = text
            self.placement = placement
        }
    }
}

extension UndoRecord.Disk {
    /// - Returns: `nil` for what we have not written so.
    init?(_ element: XMLElement) {
        guard let target = element.attribute("target"), let path = element.attribute("path"),
            PathSyntax.complaint(file: path, noun: "a file") == nil
        else { return nil }
        self.target = target
        self.path = path
        if element.attribute("added") == "yes" {
            before = nil
            return
        }
        var driver: UndoRecord.Driver?
        var elements: [UndoRecord.Element] = []
        for child in element.children {
            switch child.name {
            case "driver":
                driver = .init(name: child.attribute("name"), type: child.attribute("type"))
            case "displaced":
                guard let displaced = UndoRecord.Element(text: child.text, placement: UndoRecord.placement(child))
                else {
                    return nil
                }
                elements.append(displaced)
            default:
                continue
            }
        }
        before = .init(type: element.attribute("type"), driver: driver, elements: elements)
    }

    /// The disk as a part of the record.
    func fragment(prefix: String) -> XMLFragment {
        var children: [XMLFragment] = []
        if let driver = before?.driver {
            children.append(XMLFragment("\(prefix)driver", ["name": driver.name, "type": driver.type]))
        }
        for element in before?.elements ?? [] {
            var fragment = XMLFragment("\(prefix)displaced", text: element.text)
            fragment.attributes = UndoRecord.attributes(element.placement)
            children.append(fragment)
        }
        return XMLFragment(
            "\(prefix)disk",
            ["target": target, "path": path, "added": before == nil ? "yes" : nil, "type": before?.type],
            children: children
        )
    }
}
