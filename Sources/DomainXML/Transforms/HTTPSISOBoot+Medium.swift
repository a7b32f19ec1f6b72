extension HTTPSISOBoot {
    /// How the ISO reaches the guest.
    enum Delivery: String {
        /// QEMU reads the URL.
        case direct
        /// QEMU reads from an NBD server of this host, which reads the URL, tries again and keeps what it has read.
        case cached
        /// QEMU reads a file of this host, which was downloaded and verified before.
        case staged
    }

    /// What Hostler makes for the guest to read the ISO from.
    struct Medium {
        private let delivery: Delivery

        /// - Returns: `nil` where QEMU needs nothing of ours.
        init?(_ delivery: Delivery) {
            if delivery == .direct { return nil }
            self.delivery = delivery
        }

        /// `<disk type>`.
        var type: String { delivery == .staged ? "file" : "network" }

        func source(_ path: String) -> XMLFragment {
            if delivery == .staged { return XMLFragment("source", ["file": path]) }
            return XMLFragment(
                "source",
                ["protocol": "nbd"],
                children: [XMLFragment("host", ["transport": "unix", "socket": path])]
            )
        }

        /// Where it is: where the caller has put it, where it is already, or its usual place.
        ///
        /// - Throws: `impossible` where the domain has no UUID that it could be named after.
        func path(_ plan: inout Plan) throws(DomainXMLError) -> String {
            let noun = delivery == .staged ? "an ISO" : "a socket"
            let path: String
            if let given = try plan.artefact(role, noun: noun) {
                path = given
            } else if let present = present(plan) {
                path = present
            } else if let usual = usualPath(plan.domain) {
                path = usual
            } else {
                throw DomainXMLError(
                    .impossible,
                    "httpsisoboot_delivery=\(delivery.rawValue) needs to know where \(noun) for the guest is: the domain "
                        + "has no <uuid> that it could be named after, so give an artefact for \(role)"
                )
            }
            plan.usedArtefacts.append(DomainArtefact(role: role, path: path, format: delivery.rawValue))
            return path
        }

        private func present(_ plan: Plan) -> String? {
            guard let disk = plan.domain.ownDisk(role)?.element, let source = disk.child("source"),
                disk.attribute("type") == type
            else { return nil }
            let isSocket = source.attribute("protocol") == "nbd"
            let found =
                delivery == .staged ? source.attribute("file") : isSocket ? source.attribute("socket", of: "host") : nil
            guard let found, PathSyntax.complaint(file: found, noun: "a file") == nil else { return nil }
            let isForeign = DomainArtefact.isNamed(PathSyntax.name(found), afterAnotherThan: plan.domain)
            return isForeign ? nil : found
        }

        private func usualPath(_ domain: Domain) -> String? {
            domain.uuid.flatMap {
                delivery == .staged ? DomainArtefact.mediumPath(uuid: $0) : DomainArtefact.socketPath(uuid: $0)
            }
        }
    }
}
