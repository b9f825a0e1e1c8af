namespace Shoestring.Oracles;

/// <summary>
/// The models, vocabularies and texts that these tests are held against, which the repository does not hold: the folder
/// that SHOESTRING_TEST_DATA names, else <c>../shared</c> beside the repository. What is missing fails the test.
/// </summary>
static class TestData
{
    const string Variable = "SHOESTRING_TEST_DATA";

    /// <summary>The repository's root: the nearest folder above the tests' that holds the solution.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The data's folder.</summary>
    public static string Folder { get; } = Path.GetFullPath(
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : Path.Combine(Repository, "..", "shared"));

    /// <summary>The path of a file or folder in the data, which must be there.</summary>
    /// <param name="path">Relative to <see cref="Folder"/>, with forward slashes.</param>
    public static string Find(string path)
    {
        var whole = Path.Combine([Folder, .. path.Split('/')]);
        return File.Exists(whole) || Directory.Exists(whole)
            ? whole
            : throw new FileNotFoundException($"test data is missing: {whole}. Set {Variable} to the folder that holds {path}.");
    }

    /// <summary>A model in the data's folder of models.</summary>
    public static string Model(string name) => Find($"models/{name}");

    /// <summary>
    /// TinyLlama-1.1B-Chat at IQ2_XXS, which <c>models/get-tinyllama.sh</c> of the data fetches once and keeps in the cache.
    /// </summary>
    public static string TinyLlama()
    {
        var path = Path.Combine(Cache("shoestring-models"), "tinyllama-1.1b-chat-v1.0.IQ2_XXS.gguf");
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"test data is missing: {path}. Run {Path.Combine(Folder, "models", "get-tinyllama.sh")}.");
    }

    /// <summary>A folder under the user's cache, made if it is not there.</summary>
    public static string Cache(string name)
    {
        var home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Directory.CreateDirectory(Path.Combine(home, name)).FullName;
    }

    static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Shoestring.slnx")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"no Shoestring.slnx above {AppContext.BaseDirectory}");
    }
}
