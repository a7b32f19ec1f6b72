package import DomainXML
package import LibvirtClient

/// `template_pool`, which the engine knows no folder of: a name is libvirt's.
package enum TemplatePool {
    /// The request, with the path that the guest's disk gets where only libvirt, or the user's own folder, says so.
    ///
    /// - Throws: where there is no such pool.
    package static func resolved(
        _ xml: [UInt8],
        _ request: TransformRequest,
        _ connection: Connection
    ) throws -> TransformRequest {
        if request.artefacts[TemplateNeed.diskRole] != nil || request.unset.contains(TemplateNeed.diskRole) {
            return request
        }
        let summary: DomainSummary
        do throws(DomainXMLError) { summary = try DomainTransformer.inspect(xml) } catch {
            // The engine itself says what is wrong.
            return request
        }
        func value(_ name: String) -> String? {
            if let given = request.properties.first(where: { $0.name == name }) { return given.value }
            return request.unset.contains(name) ? nil : summary.properties.first { $0.name == name }?.value
        }
        guard value(TemplateNeed.diskRole) != nil else { return request }
        let pool = value("template_pool")
        if let pool, pool.hasPrefix("/") { return request }
        let place: TemplatePlace
        if let pool {
            let found = try DrivePool(pool, connection, for: "a template")
            place = TemplatePlace(folder: found.folder, pool: found.name)
        } else {
            place = .usual
            if place.folder == TemplatePlace.system.folder { return request }
        }
        // What the disk is called follows from the domain: asked with the folder in the name's place.
        var probe = request
        probe.properties.removeAll { $0.name == "template_pool" }
        probe.properties.append(PropertyValue(name: "template_pool", value: place.folder, source: .commandLine))
        var resolved = request
        do throws(DomainXMLError) {
            let artefacts = try DomainTransformer.transform(xml, probe).artefacts
            resolved.artefacts[TemplateNeed.diskRole] = artefacts.first { $0.role == TemplateNeed.diskRole }?.path
        } catch {
            return request
        }
        return resolved
    }
}
