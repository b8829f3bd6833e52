// Phone cameras make pictures of 4 to 12 MB; from a basement with a weak signal a smaller one arrives sooner.

const SHRINK_ABOVE = 1500000; // bytes; a smaller photo is sent as it is
const LONGEST_SIDE = 2000; // pixels: enough to read a meter

export async function smaller(file) {
  if (file.size <= SHRINK_ABOVE || !file.type.startsWith("image/")) return file;
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? blob : file;
  } catch {
    return file; // the server says clearly what it cannot read
  }
}
