using System.CommandLine.Parsing;
using System.Numerics;

namespace Shoestring.Cli;

/// <summary>Makes options whose values are checked, with messages that say what was expected.</summary>
static class Values
{
    /// <summary>A whole number within bounds.</summary>
    public static Option<int?> Integer(string name, string description, int minimum, int maximum = int.MaxValue, params string[] aliases) =>
        Number(name, description, "N", minimum, maximum, maximum == int.MaxValue
            ? $"a whole number of at least {minimum}"
            : $"a whole number from {minimum} to {maximum}", aliases);

    /// <summary>A number within bounds.</summary>
    public static Option<float?> Real(string name, string description, string valueName, float minimum, float maximum) =>
        Number(name, description, valueName, minimum, maximum, maximum == float.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"a number of at least {minimum}")
            : string.Create(CultureInfo.InvariantCulture, $"a number from {minimum} to {maximum}"), []);

    /// <summary>A seed.</summary>
    public static Option<ulong?> Seed(string name, string description) =>
        Number(name, description, "S", ulong.MinValue, ulong.MaxValue, "a whole number of at least 0", []);

    /// <summary>Text.</summary>
    public static Option<string?> Text(string name, string description, string valueName, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = valueName };

    /// <summary>Text that may be given several times.</summary>
    public static Option<string[]> Texts(string name, string description, string valueName, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = valueName, Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] };

    /// <summary>A yes.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>Whole numbers separated by commas.</summary>
    public static Option<int[]?> Integers(string name, string description, string valueName, int minimum, int maximum) => new(name)
    {
        Description = description,
        HelpName = valueName,
        CustomParser = result => List(result, name, minimum, maximum),
    };

    static Option<T?> Number<T>(string name, string description, string valueName, T minimum, T maximum, string expected, string[] aliases)
        where T : struct, INumber<T> => new(name, aliases)
        {
            Description = description,
            HelpName = valueName,
            CustomParser = result => One(result, name, minimum, maximum, expected),
        };

    static T? One<T>(ArgumentResult result, string name, T minimum, T maximum, string expected) where T : struct, INumber<T>
    {
        string text = result.Tokens[^1].Value;
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && value >= minimum && value <= maximum)
        {
            return value;
        }

        result.AddError($"{name} is '{text}'; give {expected}");
        return null;
    }

    static int[]? List(ArgumentResult result, string name, int minimum, int maximum)
    {
        string text = result.Tokens[^1].Value;
        var numbers = new List<int>();
        foreach (string part in text.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < minimum || number > maximum)
            {
                result.AddError($"{name} is '{text}'; give whole numbers from {minimum} to {maximum}, separated by commas");
                return null;
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }
}
