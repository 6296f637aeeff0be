import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.javarosa.core.reference.Reference;

/** A media file of a form, read from a folder. */
final class MediaFile implements Reference {
    private final File file;
    private final String uri;

    MediaFile(File file, String uri) {
        this.file = file;
        this.uri = uri;
    }

    @Override
    public boolean doesBinaryExist() {
        return file.exists();
    }

    @Override
    public InputStream getStream() throws IOException {
        return new FileInputStream(file);
    }

    @Override
    public String getURI() {
        return uri;
    }

    @Override
    public String getLocalURI() {
        return file.getAbsolutePath();
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public OutputStream getOutputStream() {
        throw new UnsupportedOperationException("media of a form are only read");
    }

    @Override
    public void remove() {
        throw new UnsupportedOperationException("media of a form are only read");
    }

    @Override
    public Reference[] probeAlternativeReferences() {
        return new Reference[0];
    }
}
