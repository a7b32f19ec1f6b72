internal import ArgumentParser

/// `hostler template`, CloudStack's direct download.
struct TemplateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template",
        abstract: "Bring templates and ISOs here straight from their source, and look after them.",
        discussion: """
            A template is fetched once for each folder or storage pool of this host, however many guests want it at once; \
            what was interrupted, even by kill -9, goes on where it was. It is there when its bytes were verified, never \
            before. Guests name it with the property template, and then it is staged by itself.

            Examples:
              hostler template stage https://server/debian.qcow2 --checksum sha256:9f86…
              hostler set demo template=https://server/debian.qcow2
              hostler template list
            """,
        subcommands: [
            TemplateStage.self, TemplateList.self, TemplateShow.self, TemplateVerify.self, TemplateReset.self,
            TemplateRemove.self, TemplatePrune.self,
        ]
    )
}
