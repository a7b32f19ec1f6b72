/// `httpsisoboot`: a cdrom with an ISO that a web server has, first in the boot order.
///
/// - Adds: a cdrom on a bus that the machine boots from; ``Medium`` says what it reads.
/// - Changes: `<boot order>` of everything that booted before, which stays in its order behind the ISO; `<os><boot dev>`
///   becomes `<boot order>`, since libvirt refuses both together.
/// - Leaves alone: everything else.
///
/// The guest is paused, not given an I/O error, while the server does not answer (`rerror_policy='stop'`), but for a sata
/// cdrom, which QEMU cannot resume.
enum HTTPSISOBoot: Transform {
    static let role = "httpsisoboot"
    static let roles = [role]

    static let properties = [
        Property(
            "httpsisoboot",
            summary: "boot from the ISO image at this URL",
            form: "https://host[:port]/path[?query]"
        ) { value in
            do throws(HTTPSURL.Complaint) {
                _ = try HTTPSURL(value)
                return nil
            } catch {
                return error.text
            }
        },
        Property(
            "httpsisoboot_delivery",
            summary: "how the ISO reaches the guest: QEMU reads it itself, through a local cache, or from a file",
            form: "direct|cached|staged",
            optionOf: "httpsisoboot"
        ) { value in
            Delivery(rawValue: value) == nil
                ? "'\(Property.printable(value))' is not a way of delivery; there are direct, cached and staged" : nil
        },
        Property(
            "httpsisoboot_checksum",
            summary: "what the bytes of the ISO hash to, checked before it is served (staged only)",
            form: ChecksumSyntax.form,
            optionOf: "httpsisoboot",
            complaint: { ChecksumSyntax.complaint($0) }
        ),
        Property(
            "httpsisoboot_readahead",
            summary: "bytes that are read ahead",
            form: "bytes, 512 to 67108864",
            optionOf: "httpsisoboot"
        ) { number($0, 512...67_108_864, "bytes") },
        Property(
            "httpsisoboot_timeout",
            summary: "seconds to wait for the server",
            form: "seconds, 1 to 10000",
            optionOf: "httpsisoboot"
        ) { number($0, 1...10000, "seconds") },
        Property(
            "httpsisoboot_sslverify",
            summary: "whether the server's certificate is checked",
            form: "yes|no",
            optionOf: "httpsisoboot"
        ) { value in
            value == "yes" || value == "no" ? nil : "'\(Property.printable(value))' is neither yes nor no"
        },
        Property(
            "httpsisoboot_rerror_policy",
            summary: "what a read error does: pause the guest, or reach it (unless set: stop, on sata report)",
            form: "stop|report",
            optionOf: "httpsisoboot"
        ) { value in
            value == "stop" || value == "report" ? nil : "'\(Property.printable(value))' is neither stop nor report"
        },
    ]

    static func plan(_ values: PropertyValues, _ plan: inout Plan) throws(DomainXMLError) {
        guard let value = values["httpsisoboot"] else {
            try plan.refuseArtefact(role, because: "the property httpsisoboot is not set")
            return
        }
        let url: HTTPSURL
        do throws(HTTPSURL.Complaint) { url = try HTTPSURL(value) } catch {
            throw DomainXMLError(.invalidProperty, "httpsisoboot: \(error.text)")
        }
        try plan.allowedURLs.check(url.requested, property: "httpsisoboot")

        let delivery = values["httpsisoboot_delivery"].flatMap { Delivery(rawValue: $0) } ?? .direct
        if delivery != .staged && values["httpsisoboot_checksum"] != nil {
            throw DomainXMLError(
                .invalidProperty,
                "httpsisoboot_checksum: the ISO is read while the guest runs, so nobody can hash it before: "
                    + "set httpsisoboot_delivery=staged, or leave the checksum out"
            )
        }
        let policy = values["httpsisoboot_rerror_policy"]
        let cdrom: OwnCdrom
        if let medium = Medium(delivery) {
            let path = try medium.path(&plan)
            // A file does not go away as a server does: what a read error means there is not for us to say.
            let errors = delivery == .staged && policy == nil ? OwnCdrom.ReadErrors.unmanaged : .managed(policy)
            cdrom = OwnCdrom(
                role: role,
                type: medium.type,
                source: medium.source(path),
                readErrors: errors,
                isBooted: true
            )
        } else {
            try plan.refuseArtefact(role, because: "QEMU reads the URL itself (httpsisoboot_delivery=direct)")
            cdrom = OwnCdrom(
                role: role,
                type: "network",
                source: source(url, values),
                readErrors: .managed(policy),
                isBooted: true
            )
        }
        plan.cdroms.append(cdrom)
        if plan.domain.hasKernel {
            plan.warnings.append(
                "the domain boots its own kernel (<os><kernel>), so the ISO is attached but not booted"
            )
        }
    }

    private static func source(_ url: HTTPSURL, _ values: PropertyValues) -> XMLFragment {
        var details = [XMLFragment("host", ["name": url.host, "port": String(url.port)])]
        if values["httpsisoboot_sslverify"] == "no" { details.append(XMLFragment("ssl", ["verify": "no"])) }
        if let bytes = values["httpsisoboot_readahead"] { details.append(XMLFragment("readahead", ["size": bytes])) }
        if let seconds = values["httpsisoboot_timeout"] { details.append(XMLFragment("timeout", ["seconds": seconds])) }
        return XMLFragment("source", ["protocol": "https", "name": url.path, "query": url.query], children: details)
    }

    private static func number(_ value: String, _ range: ClosedRange<Int>, _ unit: String) -> String? {
        let isPlain = value.utf8.allSatisfy { (0x30...0x39).contains($0) } && !value.hasPrefix("0")
        if isPlain, let number = Int(value), range.contains(number) { return nil }
        return
            "'\(Property.printable(value))' is not a number of \(unit) from \(range.lowerBound) to \(range.upperBound)"
    }
}
