using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Shoestring.Survey;

/// <summary>
/// Markup that is safe to put into a page or a feed. It comes only from literals in this code and from text that was escaped: an
/// interpolated string becomes markup by way of <see cref="HtmlHandler"/>, which escapes every value that is not markup already.
/// </summary>
readonly record struct Html(string? Markup)
{
    public static Html Empty { get; } = new("");

    public static Html Of(HtmlHandler text) => text.Done();

    public static Html Text(string text) => new(Escape(text));

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(part => part.Markup)));

    public static Html Join(string separator, IEnumerable<Html> parts) => new(string.Join(Escape(separator), parts.Select(part => part.Markup)));

    public static Html If(bool condition, Func<Html> part) => condition ? part() : Empty;

    public bool IsEmpty => string.IsNullOrEmpty(Markup);

    public override string ToString() => Markup ?? "";

    /// <summary>
    /// A text as HTML and as XML, between tags and in quoted attributes. What neither may hold (control characters, halves of surrogate
    /// pairs, noncharacters) becomes the replacement character, and so does what turns the direction of writing: a title could reorder
    /// what stands beside it.
    /// </summary>
    public static string Escape(string text)
    {
        int first = FirstSpecial(text);
        return first < 0 ? text : Escaped(text, first);
    }

    static int FirstSpecial(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is '&' or '<' or '>' or '"' or '\'' || text[i] < ' ' || text[i] > '~')
            {
                return i;
            }
        }

        return -1;
    }

    static string Escaped(string text, int start)
    {
        var builder = new StringBuilder(text.Length + 16).Append(text, 0, start);
        for (int i = start; i < text.Length; i++)
        {
            char letter = text[i];
            if (char.IsHighSurrogate(letter) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                builder.Append(letter).Append(text[++i]);
                continue;
            }

            _ = Entity(letter) is { } entity ? builder.Append(entity) : builder.Append(letter);
        }

        return builder.ToString();
    }

    static string? Entity(char letter) => letter switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        _ when Forbidden(letter) => "\uFFFD",
        _ => null,
    };

    static bool Forbidden(char letter) => (char.IsControl(letter) && letter is not '\n' and not '\t')
        || char.IsSurrogate(letter)
        || letter is '\uFFFE' or '\uFFFF' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F' or '\u061C'
        || letter is >= '\uFDD0' and <= '\uFDEF';
}

/// <summary>Makes markup of an interpolated string: its literal parts stay, its values are escaped unless they are markup.</summary>
[InterpolatedStringHandler]
readonly ref struct HtmlHandler(int literalLength, int formattedCount)
{
    readonly StringBuilder builder = new(literalLength + (24 * formattedCount));

    public void AppendLiteral(string text) => builder.Append(text);

    public void AppendFormatted(Html markup) => builder.Append(markup.Markup);

    public void AppendFormatted(IEnumerable<Html> parts)
    {
        foreach (Html part in parts)
        {
            builder.Append(part.Markup);
        }
    }

    public void AppendFormatted(string? text) => builder.Append(Html.Escape(text ?? ""));

    public void AppendFormatted(int number) => builder.Append(CultureInfo.InvariantCulture, $"{number}");

    /// <summary>A position in a plot: two decimals are finer than a screen shows.</summary>
    public void AppendFormatted(double number) => builder.Append(number.ToString("0.##", CultureInfo.InvariantCulture));

    public Html Done() => new(builder.ToString());
}
