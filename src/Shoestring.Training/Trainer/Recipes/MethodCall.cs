using System.Globalization;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A method with its options as users write it: <c>adamw:beta2=0.99,weight-decay=0</c>.</summary>
public sealed class MethodCall
{
    readonly SortedDictionary<string, string> given = new(StringComparer.Ordinal);
    readonly SortedSet<string> known = new(StringComparer.Ordinal);

    MethodCall(string name) => Name = name;

    /// <summary>The method.</summary>
    public string Name { get; }

    /// <summary>Reads one.</summary>
    /// <exception cref="InputException">An option stands twice or has no value.</exception>
    public static MethodCall Parse(string text)
    {
        string[] parts = text.Split(':', 2);
        var call = new MethodCall(parts[0].Trim());
        foreach (string option in parts.Length > 1 ? parts[1].Split(',') : [])
        {
            string[] sides = option.Split('=', 2);
            if (sides.Length != 2 || sides[1].Trim().Length == 0)
            {
                throw call.Fault($"option '{option.Trim()}' has no value", "write name=value");
            }

            if (!call.given.TryAdd(sides[0].Trim(), sides[1].Trim()))
            {
                throw call.Fault($"option {sides[0].Trim()} is given twice", "keep one of the two");
            }
        }

        return call;
    }

    /// <summary>An option that is a number, or its default.</summary>
    /// <exception cref="InputException">It is no number within the bounds.</exception>
    public double Number(string name, double usual, double least, double most) => Given(name) is not { } text ? usual
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most ? number
        : throw Fault($"{name} is '{text}'", string.Create(CultureInfo.InvariantCulture, $"give a number from {least} to {most}"));

    /// <summary>An option that is a whole number, or its default.</summary>
    /// <exception cref="InputException">It is no whole number within the bounds.</exception>
    public int Integer(string name, int usual, int least, int most) => Given(name) is not { } text ? usual
        : int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most ? number
        : throw Fault($"{name} is '{text}'", $"give a whole number from {least} to {most}");

    /// <summary>An option that is one of a few words, or its default.</summary>
    /// <exception cref="InputException">It is none of them.</exception>
    public T Choice<T>(string name, T usual, params (string Word, T Value)[] choices)
    {
        if (Given(name) is not { } text)
        {
            return usual;
        }

        foreach ((string word, T value) in choices)
        {
            if (word == text)
            {
                return value;
            }
        }

        throw Fault($"{name} is '{text}'", $"give {string.Join(" or ", choices.Select(choice => choice.Word))}");
    }

    /// <summary>An option that is true or false, or its default.</summary>
    /// <exception cref="InputException">It is neither.</exception>
    public bool Flag(string name, bool usual) => Choice(name, usual, ("true", true), ("false", false));

    /// <summary>An option that is several words with plus signs between them, or its default.</summary>
    public IReadOnlyList<string> Words(string name, IReadOnlyList<string> usual) => Given(name)?.Split('+', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? usual;

    /// <summary>Ends the reading.</summary>
    /// <exception cref="InputException">An option was given that nobody asked for.</exception>
    public void End()
    {
        if (given.Keys.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw Fault($"there is no option '{unknown}'", $"use {(known.Count > 0 ? string.Join(", ", known) : "none")}");
        }
    }

    /// <summary>The same in the words of the command line.</summary>
    public override string ToString() => given.Count == 0 ? Name : $"{Name}:{string.Join(',', given.Select(option => $"{option.Key}={option.Value}"))}";

    internal InputException Fault(string what, string cure) => new(what, Name.Length > 0 ? Name : "method", cure);

    string? Given(string name)
    {
        known.Add(name);
        return given.GetValueOrDefault(name);
    }
}
