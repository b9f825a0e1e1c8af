using System.CommandLine.Parsing;

namespace Shoestring.Cli;

/// <summary>What is wrong with a command line, in one line with its cure.</summary>
static class ParseFaults
{
    /// <summary>The first fault, or null.</summary>
    public static string? Of(ParseResult values, Command root)
    {
        Command command = values.CommandResult.Command;
        if (command == root)
        {
            return NoVerb(values, root);
        }

        string name = Name(command, root);
        string help = $"see shoestring {name} --help";
        if (StrayOption(values.CommandResult) is { } stray)
        {
            return $"{name} has no option {stray}; {help}";
        }

        return values.Errors.FirstOrDefault()?.Message.TrimEnd('.') is not { } message ? null
            : message.Contains("; ", StringComparison.Ordinal) ? message
            : $"{Lowered(message)}; {help}";
    }

    static string Name(Command command, Command root) =>
        command.Parents.OfType<Command>().FirstOrDefault(parent => parent != root) is { } parent ? $"{Name(parent, root)} {command.Name}" : command.Name;

    static string NoVerb(ParseResult values, Command root)
    {
        string verbs = string.Join(", ", root.Subcommands.Select(verb => verb.Name));
        string? word = values.UnmatchedTokens.FirstOrDefault();
        return word is null ? $"no verb is given; use one of {verbs}"
            : word.StartsWith('-') ? $"there is no option {word} before the verb; see shoestring --help"
            : $"there is no verb '{word}'; use one of {verbs}";
    }

    // An option that does not exist would otherwise be taken for the model's path, or for one argument too many.
    static string? StrayOption(CommandResult result) =>
        result.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
            .Select(token => token.Value)
            .Concat(result.Tokens.Select(token => token.Value))
            .FirstOrDefault(LooksLikeOption);

    static bool LooksLikeOption(string word) => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]);

    static string Lowered(string message) => char.ToLowerInvariant(message[0]) + message[1..];
}
