using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Shoestring.Experiments;

/// <summary>
/// HTML that is safe to put into a page. It comes only from literals in this code and from text that was escaped: an
/// interpolated string becomes markup by way of <see cref="MarkupHandler"/>, which escapes what it is given.
/// </summary>
readonly record struct Markup(string Text)
{
    public static Markup Empty { get; } = new("");

    public static Markup Of(MarkupHandler text) => text.Done();

    public static Markup Join(IEnumerable<Markup> parts) => new(string.Concat(parts.Select(part => part.Text)));

    public static Markup If(bool condition, Func<Markup> part) => condition ? part() : Empty;

    /// <summary>
    /// A text as HTML. Control characters, which no page may hold, become the replacement character; those that turn the
    /// direction of writing, too, since a name could use them to reorder what stands beside it.
    /// </summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(string.Concat(text.Select(letter =>
        (char.IsControl(letter) && letter is not '\n' and not '\t') || letter is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') ? '\uFFFD' : letter)));
}

/// <summary>Makes markup of an interpolated string: its literal parts stay, its values are escaped unless they are markup.</summary>
[InterpolatedStringHandler]
readonly ref struct MarkupHandler(int literalLength, int formattedCount)
{
    readonly StringBuilder builder = new(literalLength + (16 * formattedCount));

    public void AppendLiteral(string text) => builder.Append(text);

    public void AppendFormatted(Markup markup) => builder.Append(markup.Text);

    public void AppendFormatted(IEnumerable<Markup> parts) => builder.Append(Markup.Join(parts).Text);

    public void AppendFormatted(string text) => builder.Append(Markup.Escape(text));

    public void AppendFormatted(int number) => builder.Append(CultureInfo.InvariantCulture, $"{number}");

    /// <summary>A position or share on the page: two decimals are finer than a screen shows.</summary>
    public void AppendFormatted(double number) => builder.Append(number.ToString("0.##", CultureInfo.InvariantCulture));

    public Markup Done() => new(builder.ToString());
}
