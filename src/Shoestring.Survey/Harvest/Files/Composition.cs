using System.Text;

namespace Shoestring.Survey;

/// <summary>Unicode's composed form (NFC) of names, which servers and file systems write in one form or the other.</summary>
static class Composition
{
    /// <summary>The composed form; text that is no Unicode gets replacement characters first.</summary>
    public static string Compose(string text)
    {
        string valid = text;
        if (text.Any(char.IsSurrogate))
        {
            var mended = new StringBuilder(text.Length);
            foreach (Rune rune in text.EnumerateRunes())
            {
                mended.Append(rune);
            }

            valid = mended.ToString();
        }

        return valid.Normalize(NormalizationForm.FormC);
    }
}
