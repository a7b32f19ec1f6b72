/// A setting as the API shows it.
enum Configuration {
    static let key = "configuration"

    static let fields = [
        ResponseField("category", "string", "what it is about"),
        ResponseField("name", "string", "its name in hostler.yaml, with dots"),
        ResponseField("value", "string", "its value; left out where it must not be shown"),
        ResponseField("defaultvalue", "string", "what it is unless set"),
        ResponseField("description", "string", "what it does"),
        ResponseField("type", "string", "String, Number, Boolean or Range"),
        ResponseField("isdynamic", "boolean", "whether a change takes effect without a restart"),
    ]

    static func object(_ item: ConfigurationItem) -> APIObject {
        var object = APIObject()
        object.set("category", item.category)
        object.set("name", item.name)
        object.set("value", item.value)
        object.set("defaultvalue", item.defaultValue)
        object.set("description", item.description)
        object.set("type", item.type)
        object.set("isdynamic", item.isDynamic)
        return object
    }
}
