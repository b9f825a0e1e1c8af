namespace Shoestring.Models;

/// <summary>Names from files in one-line messages.</summary>
static class Names
{
    /// <summary><paramref name="name"/> cut to 60 characters, with '?' for what does not print.</summary>
    public static string Printable(string name) => OneLine(name.Length > 60 ? name[..60] : name) + (name.Length > 60 ? "…" : "");

    /// <summary><paramref name="text"/> with '?' for what does not print.</summary>
    public static string OneLine(string text) =>
        string.Create(text.Length, text, static (line, from) =>
        {
            for (int i = 0; i < line.Length; i++)
                line[i] = char.IsControl(from[i]) || char.IsSurrogate(from[i]) || from[i] is '\u2028' or '\u2029' ? '?' : from[i];
        });
}
