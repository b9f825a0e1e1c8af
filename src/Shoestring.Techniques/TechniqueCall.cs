using System.Globalization;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>A technique with the options that a user chose: <c>quantize:format=Q4_0,pure=true</c>.</summary>
/// <param name="Technique">The technique.</param>
/// <param name="Given">The options that were given, by name.</param>
public sealed record TechniqueCall(Technique Technique, IReadOnlyDictionary<string, string> Given)
{
    /// <summary>Reads what stands after <c>-t</c>.</summary>
    /// <exception cref="InputException">The technique or an option is unknown, or an option stands twice or has no value.</exception>
    public static TechniqueCall Parse(string text)
    {
        string[] parts = text.Split(':', 2);
        Technique technique = TechniqueList.Find(parts[0].Trim());
        var given = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string option in parts.Length > 1 ? parts[1].Split(',') : [])
        {
            (string name, string value) = Pair(technique, option);
            if (!given.TryAdd(name, value))
            {
                throw Fault(technique, $"option {name} is given twice", "keep one of the two");
            }
        }

        return new TechniqueCall(technique, given);
    }

    /// <summary>An option's value: the given one or the default.</summary>
    public string Value(string name) =>
        Given.TryGetValue(name, out string? value) ? value : Technique.Options.Single(option => option.Name == name).Default;

    /// <summary>An option that is true or false.</summary>
    /// <exception cref="InputException">It is neither.</exception>
    public bool Flag(string name) => Value(name) switch
    {
        "true" => true,
        "false" => false,
        var other => throw Fault(Technique, $"{name} is '{other}'", "give true or false"),
    };

    /// <summary>An option that is a number.</summary>
    /// <param name="name">The option.</param>
    /// <param name="least">The least that makes sense.</param>
    /// <param name="most">The most.</param>
    /// <exception cref="InputException">It is no number within the bounds.</exception>
    public double Number(string name, double least, double most) =>
        double.TryParse(Value(name), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most ? number
        : throw Fault(Technique, $"{name} is '{Value(name)}'", string.Create(CultureInfo.InvariantCulture, $"give a number from {least} to {most}"));

    /// <summary>An option that is a whole number.</summary>
    /// <inheritdoc cref="Number"/>
    public int Integer(string name, int least, int most) =>
        int.TryParse(Value(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most ? number
        : throw Fault(Technique, $"{name} is '{Value(name)}'", string.Create(CultureInfo.InvariantCulture, $"give a whole number from {least} to {most}"));

    /// <summary>An option that is one of a few words, each of which stands for something.</summary>
    /// <exception cref="InputException">It is none of them.</exception>
    public T Choice<T>(string name, params (string Word, T Value)[] choices)
    {
        string given = Value(name);
        return choices.FirstOrDefault(choice => choice.Word == given) is { Word: not null } found ? found.Value
            : throw Fault(Technique, $"{name} is '{given}'", $"give {string.Join(" or ", choices.Select(choice => choice.Word))}");
    }

    /// <summary>An option that is several words with plus signs between them.</summary>
    public IReadOnlyList<string> Words(string name) => Value(name).Split('+', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>An option that is a file's path, or null where none is given.</summary>
    public string? File(string name) => Value(name) is { Length: > 0 } path ? path : null;

    /// <summary>The files that its options name.</summary>
    public IEnumerable<string> Files => Technique.Options.Where(option => option.IsFile).Select(option => File(option.Name)).OfType<string>();

    /// <summary>The same with relative paths seen from a folder.</summary>
    public TechniqueCall Beside(string folder)
    {
        var rooted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in Given)
        {
            rooted.Add(name, Technique.Options.Any(option => option.IsFile && option.Name == name) ? Path.Combine(folder, value) : value);
        }

        return this with { Given = rooted };
    }

    /// <summary>The same in the words of the command line.</summary>
    public override string ToString() =>
        Given.Count == 0 ? Technique.Id : $"{Technique.Id}:{string.Join(',', Given.Select(option => $"{option.Key}={option.Value}"))}";

    static (string Name, string Value) Pair(Technique technique, string option)
    {
        string[] sides = option.Split('=', 2);
        string name = sides[0].Trim();
        if (technique.Options.All(known => known.Name != name))
        {
            string known = string.Join(", ", technique.Options.Select(one => one.Name));
            throw Fault(technique, $"there is no option '{name}'", $"use {(known.Length > 0 ? known : "none")}");
        }

        return sides.Length == 2 && sides[1].Trim() is { Length: > 0 } value
            ? (name, value)
            : throw Fault(technique, $"option {name} has no value", $"write {name}=value");
    }

    static InputException Fault(Technique technique, string what, string cure) => new(what, $"-t {technique.Id}", cure);
}
