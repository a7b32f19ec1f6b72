internal import Operations
internal import Provisioning

/// What registerTemplate and registerIso have in common.
struct TemplateRequest {
    var registration: TemplateRegistration

    static let parameters = [
        APIParameter("name", .string, "the name, of no other template and no other ISO", isRequired: true),
        APIParameter("url", .string, "where it is", isRequired: true, length: 2048, isSecret: true),
        APIParameter("displaytext", .string, "what it is; its name unless given", length: 4096),
        APIParameter(
            "checksum",
            .string,
            "the checksum of the file at the URL: {SHA-256}, or another algorithm, and hexadecimal digits"
        ),
        APIParameter(
            "directdownload",
            .boolean,
            "true, which it is as well where it is not given: there is no secondary storage"
        ),
        APIParameter("ostypeid", .uuid, "what runs in it, as listOsTypes has it"),
        APIParameter(
            "details",
            .map,
            "details[0].HTTP_HEADER:Authorization=...: a header that is sent for it, which is kept secret; any other "
                + "is kept and shown",
            length: 8192,
            isSecret: true
        ),
        APIParameter(
            "pool",
            .string,
            "Hostler's own: the libvirt pool, or the folder, to stage it into at once",
            length: 4096
        ),
        APIParameter("ispublic", .boolean, "kept and shown; false unless given"),
        APIParameter("isfeatured", .boolean, "kept and shown; false unless given"),
        APIParameter("isextractable", .boolean, "kept and shown; false unless given"),
        APIParameter("passwordenabled", .boolean, "kept and shown; false unless given"),
    ]

    init(_ call: APICall, _ kind: TemplateInfo.Kind) async throws {
        let parameters = call.parameters
        func text(_ name: String) -> String? {
            parameters.text(name).map(\.trimmed).flatMap { $0.isEmpty ? nil : $0 }
        }
        if parameters.bool("directdownload") == false {
            throw APIError.parameter(
                "directdownload 'false' is for a secondary storage, which there is none of; pass directdownload=true"
            )
        }
        let name = try parameters.required("name").trimmed
        if name.contains(where: \.isNewline) {
            throw APIError.parameter("name '\(APIError.shown(name))' has a line break in it; a name is one line")
        }
        registration = TemplateRegistration(
            name: name,
            displayText: text("displaytext"),
            kind: kind,
            url: try parameters.required("url").trimmed,
            checksum: text("checksum"),
            pool: text("pool"),
            traits: TemplateTraits(
                zoneIDs: try await Self.zones(call, kind),
                osTypeID: try Self.osType(parameters),
                isPublic: parameters.bool("ispublic") ?? false,
                isFeatured: parameters.bool("isfeatured") ?? false,
                isExtractable: parameters.bool("isextractable") ?? false,
                isPasswordEnabled: parameters.bool("passwordenabled") ?? false
            )
        )
        try takeDetails(parameters)
    }

    func register(_ call: APICall) async throws -> APIResult {
        let info = try await call.context.templates.register(registration)
        let zones = try await call.context.zones.zones()
        return .list(key: info.kind.key, Template.inZones(info, zones).map(\.object))
    }

    /// The zones of `zoneid` or `zoneids`; none for all.
    private static func zones(_ call: APICall, _ kind: TemplateInfo.Kind) async throws -> [String] {
        let single = call.parameters.text("zoneid").map(\.trimmed).flatMap { $0.isEmpty ? nil : $0 }
        let several = call.parameters.list("zoneids")
        if single != nil && !several.isEmpty {
            throw APIError.parameter("zoneid and zoneids are given both; give one of them")
        }
        let given = single.map { [$0] } ?? several
        if given.isEmpty {
            throw APIError.parameter("register\(kind.command) needs zoneid or zoneids: the zone, or -1 for all")
        }
        if given == ["-1"] { return [] }
        if given.contains("-1") {
            throw APIError.parameter("zoneids has -1, which is all zones, and others beside it; give it alone")
        }
        var ids: [String] = []
        for text in given {
            guard let id = UUIDText.normalized(text) else {
                throw APIError.parameter(
                    "zoneid '\(APIError.shown(text))' is neither a UUID nor -1; listZones lists those there are"
                )
            }
            let zone = try await call.zone(id)
            if !ids.contains(zone.id) { ids.append(zone.id) }
        }
        return ids
    }

    private static func osType(_ parameters: APIParameters) throws(APIError) -> String? {
        guard let id = parameters.text("ostypeid") else { return nil }
        if OSType.all.contains(where: { $0.id == id }) { return id }
        throw .parameter("there is no type '\(id)' of operating systems; listOsTypes lists those there are")
    }

    /// Headers, which are secret, and all others.
    private mutating func takeDetails(_ parameters: APIParameters) throws {
        let prefix = "http_header:"
        for entry in parameters.map("details") {
            if entry.key.lowercased().hasPrefix(prefix) {
                let header = try HTTPHeader(String(entry.key.dropFirst(prefix.count)).trimmed, entry.value)
                registration.headers.append(header)
            } else {
                // It becomes an element's name in answers in XML.
                guard entry.key.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_.\-]*/) != nil else {
                    throw APIError.parameter(
                        "details '\(APIError.shown(entry.key))' is no name of letters, digits, '_', '.' and '-'; "
                            + "headers are HTTP_HEADER:name"
                    )
                }
                registration.traits.details[entry.key] = entry.value
            }
        }
    }
}
