package import DomainXML
internal import LibvirtClient
internal import Provisioning

/// A start of a guest, as its definition says or with other properties for this once.
package struct GuestStart {
    package let guest: Guest
    /// For this start alone.
    package let once: [PropertyValue]
    package let isPaused: Bool
    /// Whether the URL is not tried first.
    package let isUnchecked: Bool

    package init(_ guest: Guest, once: [PropertyValue] = [], isPaused: Bool = false, isUnchecked: Bool = false) {
        self.guest = guest
        self.once = once
        self.isPaused = isPaused
        self.isUnchecked = isUnchecked
    }

    /// What a guest was started with.
    package struct Outcome: Sendable {
        /// The URL of the ISO that it has.
        package let iso: String?
        /// Whether it went on where it had been saved.
        package let isRestored: Bool
    }

    /// - Throws: where it runs, where its properties are wrong or not allowed, where its ISO cannot be read, and what libvirt
    ///   says; nothing has been started then.
    package func run() throws -> Outcome {
        if try guest.domain.isActive() {
            throw guest.failure("it runs already; shut it down first (virsh shutdown \(guest.name))")
        }
        let wasSaved = try guest.domain.hasManagedSave()
        do {
            return Outcome(iso: once.isEmpty ? try startAsDefined() : try startOnce(), isRestored: wasSaved)
        } catch let error as LibvirtError {
            throw guest.failure(error.sentence)
        }
    }

    private func startAsDefined() throws -> String? {
        let xml = try guest.definition(secure: false)
        if let refusal = Self.refusal(of: xml, try .ofThisHost()) {
            throw OperationError(.badInput, "guest \(guest.name): \(refusal.message)")
        }
        let iso = try isoToTry(xml)
        try prepareArtefacts(xml)
        try guest.domain.create(paused: isPaused)
        return iso
    }

    /// What has to be staged before ``run()``, which takes too long for it: the definition as it is started.
    package func needs() throws -> [TemplateNeed] {
        if try guest.domain.isActive() { return [] }
        let xml = try guest.definition(secure: true)
        if once.isEmpty { return try guest.needs(in: xml) }
        let request = TransformRequest(properties: once, allowedURLs: try .ofThisHost())
        return try guest.needs(in: try guest.transform(xml, request).xml)
    }

    /// Why the operator's limit is against a definition, which may be older than that limit.
    package static func refusal(of xml: [UInt8], _ limit: AllowedURLs) -> DomainXMLError? {
        func complaint(_ limit: AllowedURLs) -> DomainXMLError? {
            do throws(DomainXMLError) {
                _ = try DomainTransformer.transform(xml, TransformRequest(allowedURLs: limit))
                return nil
            } catch {
                return error
            }
        }
        // What is wrong without a limit too is no reason to refuse: libvirt starts the definition as it is.
        guard let found = complaint(limit), found != complaint(.unlimited) else { return nil }
        return found
    }

    private func prepareArtefacts(_ xml: [UInt8]) throws {
        let result: TransformResult
        do throws(DomainXMLError) { result = try DomainTransformer.transform(xml, TransformRequest()) } catch {
            // A domain that we do not understand is libvirt's to start or to refuse.
            return
        }
        try guest.prepareArtefacts(result, isStart: true)
    }

    private func startOnce() throws -> String? {
        if try guest.domain.hasManagedSave() {
            // A start from other XML would leave the saved state behind, and a later start would put that old state
            // of memory on top of disks that have changed since.
            throw guest.failure(
                "it has a saved state, which a start with --once cannot use; start it without --once, or drop that state "
                    + "(virsh managedsave-remove \(guest.name))"
            )
        }
        let old = try guest.definition(secure: true)
        let request = TransformRequest(properties: once, allowedURLs: try .ofThisHost())
        let result = try guest.transform(old, request)
        guest.warn(result.warnings)
        let iso = try isoToTry(result.xml)
        try guest.prepareArtefacts(result, isStart: true)
        _ = try guest.connection.create(result.xml, paused: isPaused)
        return iso
    }

    /// The URL in force in `xml`, tried unless the user or the distance is against it.
    private func isoToTry(_ xml: [UInt8]) throws -> String? {
        let summary: DomainSummary
        do throws(DomainXMLError) { summary = try DomainTransformer.inspect(xml) } catch {
            // Without properties for this start, a domain that we do not understand is libvirt's to start or to refuse.
            if once.isEmpty { return nil }
            throw guest.failure(error.message.asSentencePart)
        }
        // A property alone does nothing: where it comes from oVirt, say, nobody may have attached its device.
        guard let url = summary.properties.first(where: { $0.name == "httpsisoboot" })?.value,
            let shown = summary.devices.first(where: { $0.role == "httpsisoboot" })?.source
        else { return nil }
        // QEMU reads it by the system's trust store, what we fetch is read by ours too.
        let isDirect =
            summary.properties.first { $0.name == "httpsisoboot_delivery" }.map { $0.value == "direct" } ?? true
        if isUnchecked || !isDirect { return url }
        guard try Host.runsGuests(of: guest.connection) else {
            guest.messages.note("\(shown) is not tried, since the guest runs on another host")
            return url
        }
        let verify = summary.properties.first { $0.name == "httpsisoboot_sslverify" }?.value != "no"
        do throws(URLProbeError) { _ = try URLProbe.probe(url, verify: verify) } catch {
            throw guest.failure("\(error.message) (--no-check starts it all the same)")
        }
        return url
    }
}
