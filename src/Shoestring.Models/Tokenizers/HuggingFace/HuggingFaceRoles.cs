using System.Text.Json;

namespace Shoestring.Models;

/// <summary>Which pieces begin and end texts, and whether they are added: the configuration files and "post_processor".</summary>
static class HuggingFaceRoles
{
    /// <summary><paramref name="vocabulary"/> with its special pieces and chat template.</summary>
    public static Vocabulary Apply(
        Vocabulary vocabulary, JsonView json, HuggingFacePieces pieces, JsonElement root, JsonElement? config, JsonElement? specialMap)
    {
        int? Role(string name) => Text(json, config, name) is { } own ? pieces.Find(own) : Text(json, specialMap, name) is { } map ? pieces.Find(map) : null;
        (string? first, string? last) = Template(json, json.Member(root, "post_processor"));
        int? bos = Role("bos_token") ?? (first is null ? null : pieces.Find(first));
        int? eos = Role("eos_token") ?? (last is null ? null : pieces.Find(last));
        bool addBos = first is not null ? bos is not null && pieces.Find(first) == bos : Flag(json, config, "add_bos_token");
        bool addEos = last is not null ? eos is not null && pieces.Find(last) == eos : Flag(json, config, "add_eos_token");
        return vocabulary with
        {
            Bos = bos,
            Eos = eos,
            Unknown = Role("unk_token") ?? (pieces.UnknownText is { } unknown ? pieces.Find(unknown) : null),
            Padding = Role("pad_token"),
            AddBos = addBos,
            AddEos = addEos,
            ChatTemplate = config is { } c ? ChatTemplate(json, c) : null,
        };
    }

    static bool Flag(JsonView json, JsonElement? element, string name) => element is { } e && json.Flag(e, name) == true;

    /// <summary>A role's piece: a string, or an object with "content".</summary>
    static string? Text(JsonView json, JsonElement? element, string name)
    {
        if (element is not { } e || json.Member(e, name) is not { } member)
            return null;
        return member.ValueKind == JsonValueKind.Object ? json.Text(member, "content") : json.Value(member, name);
    }

    /// <summary>The special pieces around a single text in a TemplateProcessing step.</summary>
    static (string? First, string? Last) Template(JsonView json, JsonElement? step)
    {
        if (step is not { } element)
            return default;
        string? type = json.Text(element, "type");
        if (type == "Sequence" && json.Member(element, "processors") is { } processors)
        {
            foreach (JsonElement part in json.Items(processors, "processors"))
            {
                if (Template(json, part) is var found && found != default)
                    return found;
            }
        }
        if (type != "TemplateProcessing" || json.Member(element, "single") is not { } single)
            return default;
        JsonElement[] items = [.. json.Items(single, "single")];
        return items.Length == 0 ? default : (Special(json, items[0]), items.Length > 1 ? Special(json, items[^1]) : null);
    }

    static string? Special(JsonView json, JsonElement item) => json.Member(item, "SpecialToken") is { } token ? json.Text(token, "id") : null;

    /// <summary>The template: a string, or a list of named ones of which "default" is for chat.</summary>
    static string? ChatTemplate(JsonView json, JsonElement config)
    {
        if (json.Member(config, "chat_template") is not { } template)
            return null;
        if (template.ValueKind != JsonValueKind.Array)
            return json.Value(template, "chat_template");
        foreach (JsonElement named in json.Items(template, "chat_template"))
        {
            if (json.Text(named, "name") == "default")
                return json.Text(named, "template");
        }
        return null;
    }
}
