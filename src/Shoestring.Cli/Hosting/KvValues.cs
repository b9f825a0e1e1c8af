namespace Shoestring.Cli;

/// <summary>The option that says how keys and values are kept.</summary>
static class KvValues
{
    /// <summary>The option.</summary>
    public static Option<KvFormat?> Option() => new("--kv-type")
    {
        Description = "Format of the key-value cache: f16 or f32 (default f16)",
        HelpName = "TYPE",
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            switch (text.ToLowerInvariant())
            {
                case "f16":
                    return KvFormat.F16;
                case "f32":
                    return KvFormat.F32;
                default:
                    result.AddError($"--kv-type is '{text}'; give f16 or f32");
                    return null;
            }
        },
    };
}
